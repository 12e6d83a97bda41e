import { invariant } from '../kernel/errors.ts';
import type { Unit } from '../kernel/money.ts';
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
/** Another writer was first: nothing was written. */
export type Stale = { readonly kind: 'stale' };
