import { fullJitter } from '../kernel/backoff.ts';
import type { UserId } from './ids.ts';
import type { PostingDeps, Stale } from './ports.ts';
import type { Wallet } from './wallet.ts';

/**
 * Tries to post to a wallet until it is done or decided. Each try writes on condition that nobody else has posted since the
 * wallet was read; if somebody has, the next try starts from what is there now.
 *
 * The lock is only the wallet's own `seq`, so any number of processes may post at once; within one process they take
 * turns, which costs a hot wallet one transaction after another instead of a crowd of refused ones.
 * @param attempt undefined: nobody knows the wallet yet, read it
 * @returns undefined when others were in the way for all of the policy's patience: nothing was written
 */
export async function postToWallet<Result extends { readonly kind: string }>(
  deps: PostingDeps,
  userId: UserId,
  attempt: (wallet: Wallet | undefined) => Promise<Result | Stale>,
): Promise<Exclude<Result, Stale> | undefined> {
  const giveUpAt = deps.now() + deps.policy.patienceMs;
  return deps.limiterOf(userId)(async () => {
    let wallet: Wallet | undefined;
    for (let round = 1; ; round += 1) {
      const tried = await attempt(wallet);
      if (!isStale(tried)) return tried as Exclude<Result, Stale>;
      wallet = tried.wallet;
      const pause = fullJitter(deps.policy.backoff, round, deps.random);
      if (deps.now() + pause > giveUpAt) return undefined;
      await deps.sleep(pause);
    }
  });
}

function isStale(tried: { readonly kind: string }): tried is Stale {
  return tried.kind === 'stale';
}
