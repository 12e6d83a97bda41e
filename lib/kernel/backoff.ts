/** A retry schedule; times in milliseconds. `multiplier`: the factor from one round to the next; by default 2. */
export type Backoff = { readonly baseMs: number; readonly maxMs: number; readonly multiplier?: number };

/**
 * Exponential backoff with full jitter: uniform between 0 and min(max, base x multiplier^(round-1)).
 * Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 * @param round counts from 1
 * @param random uniform in [0, 1)
 */
export function fullJitter({ baseMs, maxMs, multiplier = 2 }: Backoff, round: number, random: () => number): number {
  return Math.floor(random() * Math.min(maxMs, baseMs * multiplier ** Math.min(round - 1, 30)));
}

/** For queues that delay by whole seconds: rounds up or down at random, so that short delays keep their mean. */
export function wholeSeconds(ms: number, random: () => number): number {
  return Math.floor(ms / 1_000 + random()) * 1_000;
}
