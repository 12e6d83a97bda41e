import type { Bank } from './port.ts';

/** Whoever holds it may send until `until` (epoch milliseconds), and is the only one who may write what came of it. */
export type Lease = { readonly owner: string; readonly until: number };

export function isLeased({ lease }: { readonly lease?: Lease }, now: number): boolean {
  return lease !== undefined && lease.until > now;
}

type Calls = {
  readonly bank: Pick<Bank, 'deadlineMs'>;
  /** `lateCallMs` is kept free at the end of a lease: whoever takes over has to learn of all that was sent. */
  readonly policy: { readonly lateCallMs: number };
  readonly now: () => number;
};

/** A call begun after a wait of `waitMs` ends, and has arrived or never will, before the lease ends by anybody's clock. */
export function lastsFor({ bank, policy, now }: Calls, lease: Lease, waitMs = 0): boolean {
  return now() + waitMs + bank.deadlineMs + policy.lateCallMs <= lease.until;
}
