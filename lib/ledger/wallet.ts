import { invariant } from '../kernel/errors.ts';
import type { Limiter } from '../kernel/limiter.ts';
import type { Unit } from '../kernel/money.ts';
import { type RetryDeps, retryWhileContended } from '../kernel/optimistic-retry.ts';
import { type Entry, effectOn, type UserId, walletAccount } from './entry.ts';

/**
 * A user's account: the sums of the entries that have moved it. `seq` counts these entries. Each entry is written on
 * condition that it is the next one, so a statement has no gaps, and no balance follows from an outdated one.
 */
export type Wallet = {
  readonly userId: UserId;
  /** In minor units. A currency is listed once it was opened or deposited, also at zero. */
  readonly balances: ReadonlyMap<Unit, bigint>;
  readonly seq: number;
  readonly createdAt: string;
};

/** An entry in its place on a wallet's statement. */
export type Line = {
  readonly seq: number;
  readonly entry: Entry;
  readonly currency: Unit;
  /** What the entry added to the wallet, and the balance after it. */
  readonly amount: bigint;
  readonly balanceAfter: bigint;
};

/** A wallet before and after an entry. */
export type Posted = { readonly before: Wallet; readonly after: Wallet; readonly line: Line };

export function balanceOf({ balances }: Wallet, currency: Unit): bigint {
  return balances.get(currency) ?? 0n;
}

/** @throws InvariantError the balance would go below zero: callers check it first */
export function post(wallet: Wallet, entry: Entry): Posted {
  const [effect, ...others] = effectOn(walletAccount(wallet.userId), entry);
  invariant(effect && others.length === 0, `${entry.id} moves one currency of the wallet that it is posted to`);
  const [currency, amount] = effect;
  const balanceAfter = balanceOf(wallet, currency) + amount;
  invariant(balanceAfter >= 0n, `no balance goes below zero, as ${entry.id} would have it`);
  const after = {
    ...wallet,
    seq: wallet.seq + 1,
    balances: new Map([...wallet.balances, [currency, balanceAfter]]),
  };
  return { before: wallet, after, line: { seq: after.seq, entry, currency, amount, balanceAfter } };
}

export type Done = { readonly kind: 'done' };
/** Another writer was first: nothing was written. `wallet`: as the refused write found it, if it did. */
export type Stale = { readonly kind: 'stale'; readonly wallet?: Wallet };

/** For posting to a wallet while others post to it too. */
export type PostingDeps = RetryDeps & {
  /** Within one process the writers of a wallet queue up. */
  readonly limiterOf: (userId: UserId) => Limiter;
};

/**
 * Tries to post to a wallet until it is done or decided. Each try writes on condition that the wallet has not changed
 * since it was read; if it has, the next try starts from the wallet that the refused write found.
 *
 * The only lock is the wallet's own `seq`, so any number of processes may post at once. Within one process the writers of
 * a wallet queue up: a busy wallet then costs one transaction after another, and few refused ones.
 * @param attempt its wallet is undefined if it has to read the wallet itself
 * @throws AppError RATE_LIMITED other writers were first for all of the policy's patience: nothing was written
 */
export function postToWallet<Result extends { readonly kind: string }>(
  deps: PostingDeps,
  userId: UserId,
  attempt: (wallet: Wallet | undefined) => Promise<Result | Stale>,
): Promise<Exclude<Result, Stale>> {
  const giveUpAt = deps.now() + deps.policy.patienceMs;
  let wallet: Wallet | undefined;
  async function post(): Promise<Exclude<Result, Stale> | undefined> {
    const result = await attempt(wallet);
    if (!isStale(result)) return result as Exclude<Result, Stale>;
    wallet = result.wallet;
    return undefined;
  }
  return deps.limiterOf(userId)(() => retryWhileContended(deps, post, giveUpAt));
}

function isStale(result: { readonly kind: string }): result is Stale {
  return result.kind === 'stale';
}
