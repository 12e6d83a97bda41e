import { type Backoff, fullJitter } from '../kernel/backoff.ts';
import type { Rail } from './port.ts';

/** Its owner may send until `until` (epoch milliseconds), and only its owner may write the outcome. */
export type Lease = { readonly owner: string; readonly until: number };

export function isLeased({ lease }: { readonly lease?: Lease }, now: number): boolean {
  return lease !== undefined && lease.until > now;
}

type Calls = {
  readonly rail: Pick<Rail, 'deadlineMs'>;
  /** Kept free at the end of a lease: a call that was given up at its deadline may still arrive for this long. */
  readonly policy: { readonly lateCallMs: number };
  readonly now: () => number;
};

/** Does a call that begins after a wait of `waitMs` end, and arrive if ever, before the lease ends by any worker's clock? */
export function lastsFor({ rail, policy, now }: Calls, lease: Lease, waitMs = 0): boolean {
  return now() + waitMs + rail.deadlineMs + policy.lateCallMs <= lease.until;
}

type Pace = {
  /** `lateCallMs`: for so long a call that was given up at its deadline may still reach the rail. */
  readonly policy: { readonly backoff: Backoff; readonly lateCallMs: number };
  readonly random: () => number;
};

/**
 * How long to wait before an instruction is executed again, in milliseconds: `delayMs`, and never less than `atLeastMs`.
 * Full jitter before a retry or another look-up; none if it only could not be sent yet. A call with an unknown outcome
 * may still be on its way: until `lateCallMs` have passed, `not_found` proves nothing.
 */
export function pauseBefore(
  { policy, random }: Pace,
  round: number,
  { isUnknown, isDueAgain }: { readonly isUnknown: boolean; readonly isDueAgain: boolean },
): { readonly atLeastMs: number; readonly delayMs: number } {
  const atLeastMs = isUnknown ? policy.lateCallMs : 0;
  const backoffMs = isDueAgain ? fullJitter(policy.backoff, round, random) : 0;
  return { atLeastMs, delayMs: Math.max(atLeastMs, backoffMs) };
}
