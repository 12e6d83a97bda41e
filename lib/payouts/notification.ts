import type { Money } from '../kernel/money.ts';
import type { Chunk } from './chunk.ts';
import { type PayoutPlace, parsePayoutId } from './ids.ts';
import { isTerminal, type Payout, type Returned } from './payout.ts';

/**
 * The rail's message that it has given money back.
 *
 * - `waiting`: stored, and not applied yet: its payout is not `completed`, or a worker has a lease on the chunk.
 * - `applied`: its payout is `returned`.
 * - `dead_letter`: it fits no payout. A person decides what to do; redrive makes it wait again.
 */
export const NOTIFICATION_STATUSES = ['waiting', 'applied', 'dead_letter'] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

/** Why a notification is a dead letter. */
export const MISFITS = [
  'UNKNOWN_REFERENCE', // no payout has it
  'OTHER_REFERENCE', // the payout was paid under another reference
  'AMOUNT_DIFFERS', // a part, or another currency
  'NOT_PAID', // the payout failed or was cancelled
  'RETURNED_BEFORE', // the payout was returned at another time or with another code
  'NOT_COMPLETED_IN_TIME', // it waited for a day
] as const;
export type Misfit = (typeof MISFITS)[number];

export type Notification = {
  /** The rail's id of it, the same each time that it is sent. */
  readonly id: string;
  /** Of the attempt whose money came back. */
  readonly reference: string;
  readonly money: Money;
  readonly returned: Returned;
  readonly receivedAt: string;
  readonly status: NotificationStatus;
  readonly misfit?: Misfit;
  /** Epoch milliseconds since which it waits. */
  readonly waitingSince: number;
  /** How often it was redriven. */
  readonly redrives: number;
};

export const NOTIFICATION_ID = /^[A-Za-z0-9_.:-]{1,200}$/;

/** How long a notification waits for its payout before it becomes a dead letter. */
const MAX_WAIT_MS = 24 * 60 * 60_000;

export type Verdict =
  | { readonly kind: 'apply' | 'was_applied' | 'wait' }
  | { readonly kind: 'misfit'; readonly misfit: Misfit };

/** Where the payout of a reference is stored: `<payout id>.<n>`. */
export function placeOfReference(reference: string): PayoutPlace | undefined {
  return parsePayoutId(reference.slice(0, Math.max(0, reference.lastIndexOf('.'))));
}

/** What to do with a notification, given the payout that its reference names. Pure. */
export function judge(
  { reference, money, returned, waitingSince }: Notification,
  found: { readonly payout: Payout; readonly chunk: Pick<Chunk, 'lease'> } | undefined,
  now: number,
): Verdict {
  const misfit = (misfit: Misfit) => ({ kind: 'misfit', misfit }) as const;
  if (!found) return misfit('UNKNOWN_REFERENCE');
  const { payout, chunk } = found;
  if (payout.money.minor !== money.minor || payout.money.currency !== money.currency) return misfit('AMOUNT_DIFFERS');
  if (isTerminal(payout)) {
    if (payout.status !== 'completed' && payout.status !== 'returned') return misfit('NOT_PAID');
    if (payout.reference !== reference) return misfit('OTHER_REFERENCE');
    if (payout.status === 'returned') {
      const isSame = payout.returned.code === returned.code && payout.returned.at === returned.at;
      return isSame ? { kind: 'was_applied' } : misfit('RETURNED_BEFORE');
    }
    // The holder of a lease writes the totals of the chunk from what it has read.
    if (!chunk.lease) return { kind: 'apply' };
  }
  return now - waitingSince < MAX_WAIT_MS ? { kind: 'wait' } : misfit('NOT_COMPLETED_IN_TIME');
}
