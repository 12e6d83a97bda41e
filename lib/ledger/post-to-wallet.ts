import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import type { PostingDeps, Stale } from './ports.ts';
import type { UserId } from './user-id.ts';
import type { Wallet } from './wallet.ts';

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
    const tried = await attempt(wallet);
    if (!isStale(tried)) return tried as Exclude<Result, Stale>;
    wallet = tried.wallet;
    return undefined;
  }
  return deps.limiterOf(userId)(() => retryWhileContended(deps, post, giveUpAt));
}

function isStale(tried: { readonly kind: string }): tried is Stale {
  return tried.kind === 'stale';
}
