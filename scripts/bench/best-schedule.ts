import { range, sum } from 'es-toolkit';
import { fullJitter } from '../../lib/kernel/backoff.ts';
import { IN_FLIGHT, type Measured } from './measure.ts';

const DRAWINGS = 20;
const MAX_ATTEMPTS = 3;
/** The defaults of PAYOUT_RETRY_BASE_DELAY_MS and PAYOUT_RETRY_MAX_DELAY_MS. */
const DELAYS = { baseMs: 200, maxMs: 60_000 };

/**
 * The share of the bound that a schedule reaches which costs nothing: every caller takes the next attempt as soon as its call has ended,
 * and attempts that are due again go first. It cannot know how long a call will take, so at the end callers wait for the last attempts.
 * @returns the mean of 20 drawings, with the latencies and as many attempts as were measured
 */
export function bestShare({ payouts, attempts }: Measured, latencyMs: readonly [number, number]): number {
  const again = shareTriedAgain(attempts / payouts);
  return sum(range(DRAWINGS).map(() => draw(payouts, again, latencyMs))) / DRAWINGS;
}

/** Each attempt but the third is followed by another one with the same chance p: attempts each = 1 + p + p². */
const shareTriedAgain = (attemptsEach: number) => (Math.sqrt(4 * attemptsEach - 3) - 1) / 2;

function draw(payouts: number, again: number, [least, most]: readonly [number, number]): number {
  const freeAt = new Array<number>(IN_FLIGHT).fill(0);
  const due: { readonly at: number; readonly attempts: number }[] = [];
  let [left, busyMs] = [payouts, 0];
  while (left > 0 || due.length > 0) {
    const caller = freeAt.indexOf(Math.min(...freeAt));
    const now = freeAt[caller] ?? 0;
    due.sort((a, b) => a.at - b.at);
    const isDue = due[0] !== undefined && (left === 0 || due[0].at <= now);
    const { at, attempts } = (isDue ? due.shift() : undefined) ?? { at: now, attempts: 0 };
    if (!isDue) left -= 1;
    const latency = least + Math.random() * (most - least);
    const end = Math.max(at, now) + latency;
    freeAt[caller] = end;
    busyMs += latency;
    const tried = attempts + 1;
    if (tried < MAX_ATTEMPTS && Math.random() < again) {
      due.push({ at: end + fullJitter(DELAYS, tried, Math.random), attempts: tried });
    }
  }
  return busyMs / IN_FLIGHT / Math.max(...freeAt);
}
