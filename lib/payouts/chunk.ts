import { type Currency, type Money, sumByCurrency } from '../kernel/money.ts';
import type { Lease } from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { BatchId } from './ids.ts';
import { ENDED, isTerminal, PAYOUT_STATUSES, type Payout, type PayoutStatus } from './payout.ts';

/** How many payouts are in each status. Sums to the number of payouts counted, at every read. */
export type Counts = Readonly<Record<PayoutStatus, number>>;
export type Sums = ReadonlyMap<Currency, bigint>;

/**
 * The unit of work: up to 50 payouts. One worker pays them under one lease, and writes their outcomes and counters in one
 * transaction. The statistics of a batch are the sums of its chunks.
 */
export type Chunk = {
  readonly batchId: BatchId;
  /** Counts from 1. */
  readonly number: number;
  readonly size: number;
  /** The run under which it was last leased; 0 before the first. */
  readonly run: number;
  readonly lease?: Lease;
  /**
   * Rounds of work since it was opened or re-opened. It drives the backoff and fences messages. It changes only when a
   * lease ends with work left.
   */
  readonly rounds: number;
  /** Epoch milliseconds before which no worker takes it. */
  readonly dueAt: number;
  /** When recovery last sent the message of this round again; epoch milliseconds. */
  readonly resentAt?: number;
  readonly counts: Counts;
  /** Failures that retry-failed would re-open. */
  readonly failedRetryable: number;
  readonly completedAmounts: Sums;
  readonly failedAmounts: Sums;
  readonly cancelledAmounts: Sums;
  readonly returnedAmounts: Sums;
  readonly deadLetter?: DeadLetter;
};

export type ChunkTotals = Pick<
  Chunk,
  'counts' | 'failedRetryable' | 'completedAmounts' | 'failedAmounts' | 'cancelledAmounts' | 'returnedAmounts'
>;

export function totalsOf(payouts: readonly Payout[]): ChunkTotals {
  const counts: Record<PayoutStatus, number> = { ...NO_COUNTS };
  for (const { status } of payouts) counts[status] += 1;
  const sums = (status: PayoutStatus) =>
    sumByCurrency(payouts.filter((payout) => payout.status === status).map((payout) => payout.money));
  return {
    counts,
    failedRetryable: payouts.filter((payout) => payout.status === 'failed' && payout.failure.retryable).length,
    completedAmounts: sums('completed'),
    failedAmounts: sums('failed'),
    cancelledAmounts: sums('cancelled'),
    returnedAmounts: sums('returned'),
  };
}

/** The totals after the rail has given the money of a completed payout back. */
export function afterReturn({ counts, ...totals }: ChunkTotals, { minor, currency }: Money): ChunkTotals {
  const completed = addSums([totals.completedAmounts, new Map([[currency, -minor]])]);
  return {
    ...totals,
    counts: { ...counts, completed: counts.completed - 1, returned: counts.returned + 1 },
    completedAmounts: new Map([...completed].filter(([, sum]) => sum !== 0n)),
    returnedAmounts: addSums([totals.returnedAmounts, new Map([[currency, minor]])]),
  };
}

/** How many payouts were counted. */
export function sizeOf({ counts }: ChunkTotals): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The counters under a lease that continues: payouts that wait for their next attempt count as processing. */
export function countersUnderLease({ counts, ...rest }: ChunkTotals): ChunkTotals {
  const processing = counts.processing + counts.pending + counts.retrying;
  return { ...rest, counts: { ...counts, processing, pending: 0, retrying: 0 } };
}

const NO_COUNTS = Object.fromEntries(PAYOUT_STATUSES.map((status) => [status, 0])) as Counts;

export function addCounts(parts: Iterable<Counts>): Counts {
  const total: Record<PayoutStatus, number> = { ...NO_COUNTS };
  for (const part of parts) for (const status of PAYOUT_STATUSES) total[status] += part[status];
  return total;
}

export function addSums(parts: readonly Sums[]): Sums {
  const total = new Map(parts.flatMap((part) => [...part.keys()].map((currency) => [currency, 0n])));
  for (const part of parts)
    for (const [currency, minor] of part) total.set(currency, (total.get(currency) ?? 0n) + minor);
  return new Map([...total].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How many payouts have ended. */
export function endedOf(counts: Counts): number {
  return ENDED.reduce((sum, status) => sum + counts[status], 0);
}

/** What the rail has paid, also if it gave it back later: the sums that limits count. */
export function paidBy(chunks: readonly Chunk[]): Sums {
  return addSums(chunks.flatMap(({ completedAmounts, returnedAmounts }) => [completedAmounts, returnedAmounts]));
}

/** Whether a payout of the chunk is not terminal. */
export function isOpen({ counts, size }: Pick<Chunk, 'counts' | 'size'>): boolean {
  return endedOf(counts) < size;
}

/** The work of one round of a chunk, under one run. */
export type ChunkMessage = {
  readonly batchId: BatchId;
  readonly chunk: number;
  readonly run: number;
  /** The chunk's `rounds` when the message was sent. Messages of earlier versions have none and fit every round. */
  readonly round?: number | undefined;
};

/** The message for the chunk's current round. */
export function messageOf({ batchId, number, rounds }: Pick<Chunk, 'batchId' | 'number' | 'rounds'>, run: number) {
  return { batchId, chunk: number, run, round: rounds };
}

/**
 * The status that a reader sees. Payouts that are not terminal are `processing` while the chunk has a lease, also an
 * expired one. An unknown outcome stays `unknown` until the bank answers.
 */
export function shownStatus(payout: Payout, chunk: Pick<Chunk, 'lease'>): PayoutStatus {
  const isProcessing = chunk.lease !== undefined && !isTerminal(payout) && payout.status !== 'unknown';
  return isProcessing ? 'processing' : payout.status;
}

/** A call that timed out may still reach the bank. */
export function mayStillArrive({ counts, dueAt }: Pick<Chunk, 'counts' | 'dueAt'>, now: number): boolean {
  return counts.unknown > 0 && dueAt > now;
}
