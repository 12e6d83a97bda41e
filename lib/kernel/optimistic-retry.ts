import { type Backoff, fullJitter } from './backoff.ts';
import { contended } from './errors.ts';

/** `backoff`: between tries. `patienceMs`: for how long in all. */
export type RetryPolicy = { readonly backoff: Backoff; readonly patienceMs: number };

export type RetryDeps = {
  readonly policy: RetryPolicy;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
};

/**
 * Repeats a conditional write until no other writer gets in its way, with full jitter between the tries.
 * @param attempt reads, decides and writes; undefined: another writer was first, and nothing was written
 * @param giveUpAt epoch milliseconds after which no further try begins
 * @throws AppError RATE_LIMITED other writers were first at every try: nothing was written
 */
export async function retryWhileContended<Result extends object>(
  deps: RetryDeps,
  attempt: () => Promise<Result | undefined>,
  giveUpAt = deps.now() + deps.policy.patienceMs,
): Promise<Result> {
  for (let round = 1; ; round += 1) {
    const result = await attempt();
    if (result) return result;
    const pause = fullJitter(deps.policy.backoff, round, deps.random);
    if (deps.now() + pause > giveUpAt) throw contended();
    await deps.sleep(pause);
  }
}
