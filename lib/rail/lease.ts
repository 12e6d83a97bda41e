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
