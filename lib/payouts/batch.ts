import { type ApprovalNeed, type Reservation, split } from '../access/index.ts';
import type { Currency } from '../kernel/money.ts';
import { type Counts, endedOf, type Sums } from './chunk.ts';
import type { BatchId } from './ids.ts';
import type { Cancellation } from './payout.ts';

/**
 * - `creating`: its header is stored, its payouts not all; the same request continues it.
 * - `discarding`: its request was refused while it was stored, or given up; its payouts, then itself, are being deleted.
 * - `held`: all payouts are stored; its upload is not stored whole, or not approved, so nothing can start it.
 * - `awaiting_approval`: all payouts are stored; nothing of it can be sent before other persons have approved it.
 * - `created`: all payouts are stored; it waits for start.
 * - `scheduled`: all payouts are stored; it starts by itself at `startAt`, which may change until then.
 * - `in_progress`: workers pay its chunks.
 * - `stopping`: no worker sends; the leases from before the stop still run.
 * - `stopped`: nothing is in flight, and nothing is sent until start.
 * - `cancelling`: no worker sends any more; workers cancel what was not sent, and look up what has no known outcome.
 * - `rejected`: an end; it was not approved, or not in time, or its upload failed. Nothing of it was or will be sent.
 * - `completed` (all paid), `partially_completed`, `failed` (none paid), `cancelled` (none paid, all cancelled): every payout
 *   has ended. What the rail gives back later does not change it.
 */
export const BATCH_STATUSES = [
  'creating',
  'discarding',
  'held',
  'awaiting_approval',
  'created',
  'scheduled',
  'in_progress',
  'stopping',
  'stopped',
  'cancelling',
  'completed',
  'partially_completed',
  'failed',
  'cancelled',
  'rejected',
] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** Every legal move; the store refuses all others. */
export const BATCH_TRANSITIONS = {
  creating: ['created', 'scheduled', 'awaiting_approval', 'held', 'discarding', 'rejected'],
  held: ['created', 'rejected'], // as its upload
  discarding: [], // deleted
  awaiting_approval: ['created', 'scheduled', 'rejected', 'cancelling'], // only together with its approval
  created: ['in_progress', 'cancelling'],
  scheduled: ['in_progress', 'cancelling'],
  in_progress: ['stopping', 'completed', 'partially_completed', 'failed', 'cancelled', 'cancelling'],
  stopping: ['stopped', 'in_progress', 'cancelling'],
  stopped: ['in_progress', 'cancelling'],
  cancelling: ['completed', 'partially_completed', 'failed', 'cancelled'],
  completed: [],
  partially_completed: ['in_progress'], // by retry-failed
  failed: ['in_progress'], // by retry-failed
  cancelled: [],
  rejected: [],
} as const satisfies Record<BatchStatus, readonly BatchStatus[]>;

/** The final statuses of a batch that was started. */
const FINISHED = ['completed', 'partially_completed', 'failed', 'cancelled'] as const satisfies readonly BatchStatus[];
export type FinishedStatus = (typeof FINISHED)[number];

export type Batch = {
  readonly id: BatchId;
  readonly status: BatchStatus;
  /** The fence for messages: every start and every cancel increments it, and workers drop messages of older runs. 0 before the first start. */
  readonly run: number;
  /** How many payouts it has. While it is created, how many the request has. */
  readonly total: number;
  readonly chunkSize: number;
  readonly chunkCount: number;
  readonly amounts: ReadonlyMap<Currency, bigint>;
  /** Keyed HMAC of the normalised request, to tell a repeated request from a changed one. */
  readonly digest: string;
  readonly autoStart: boolean;
  /** The upload that it is a part of. Only the upload releases it. */
  readonly upload?: string | undefined;
  /** The number of the last order of its upload that it has followed. */
  readonly uploadOrder?: number | undefined;
  /** Entries of the request that are invalid, and not stored as payouts. */
  readonly invalid: number;
  /** Whether its payouts claim keys. If so and its creator dies, it is discarded: other requests wait for these keys. */
  readonly claims: boolean;
  /** How many payouts of the request are not stored, because others have their keys. */
  readonly duplicates: number;
  /** Decided when its header is stored. Absent if it needs no approval. */
  readonly approval?: ApprovalNeed | undefined;
  /** When it starts by itself, ISO 8601 UTC. It is part of what other persons approve. */
  readonly startAt?: string | undefined;
  /** When it became `scheduled`, and how often its time changed since. */
  readonly scheduledAt?: string;
  readonly reschedules: number;
  /** Seconds from `startAt` to the start. Absent if it was never scheduled, or has not started. */
  readonly startedLateSeconds?: number;
  /** When its approval was granted. Absent in batches that earlier versions approved. */
  readonly approvedAt?: string;
  readonly createdAt: string;
  /** Epoch milliseconds until which only the request that creates the batch may continue to do so. */
  readonly creatorUntil: number;
  /** Epoch milliseconds at which all its open chunks were last sent to the queue. */
  readonly dispatchedAt: number;
  readonly chunksDone: ReadonlySet<number>;
  /** Set while retry-failed re-opens chunks: the batch cannot finish, and recovery continues the re-opening. */
  readonly reopening: boolean;
  /** What failures that retry-failed re-opens. Absent: all that are retryable. */
  readonly reopeningCodes?: ReadonlySet<string> | undefined;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** The last request to cancel the batch. */
  readonly cancellation?: Cancellation | undefined;
  /** Counts requests to cancel one of its payouts, so that workers see that there is a new one. */
  readonly cancels: number;
  /** At the end of its last run. What the rail gives back later does not change them. */
  readonly finalCounts?: Counts | undefined;
  /** What the current run has reserved of the daily limits of a key. */
  readonly reservation?: RunReservation;
  /** What is left of the reservations of earlier runs: what these have paid. */
  readonly spent: readonly Reservation[];
};

/** What workers read before every send. */
export type BatchState = Pick<Batch, 'status' | 'run' | 'cancels' | 'createdAt'>;

/** `paidBefore`: what earlier runs have paid. */
export type RunReservation = Reservation & { readonly paidBefore: Sums };

/** What the end of a run gives back to the daily limits of a key, and all that the batch has spent of them. */
export type Released = { readonly back: Reservation | undefined; readonly spent: readonly Reservation[] };

/** @param paid by all runs */
export function releasedAt(
  { reservation, spent }: Pick<Batch, 'reservation' | 'spent'>,
  paid: Sums,
): Released | undefined {
  if (!reservation) return undefined;
  const { paidBefore, ...reserved } = reservation;
  const ofThisRun = new Map([...paid].map(([unit, minor]) => [unit, minor - (paidBefore.get(unit) ?? 0n)]));
  const { kept, back } = split(reserved, ofThisRun);
  return { back, spent: kept ? [...spent, kept] : spent };
}

/** The states from which a batch may be started. */
const STARTABLE = ['created', 'scheduled', 'stopping', 'stopped'] as const satisfies readonly BatchStatus[];
export type Startable = (typeof STARTABLE)[number];

export function isStartable(batch: Batch): batch is Batch & { readonly status: Startable } {
  return (STARTABLE as readonly BatchStatus[]).includes(batch.status);
}

export type Scheduled = Batch & { readonly status: 'scheduled'; readonly startAt: string };

export function isScheduled(batch: Batch): batch is Scheduled {
  return batch.status === 'scheduled' && batch.startAt !== undefined;
}

/** Whether the time has come at which it starts by itself. */
export function isDue({ startAt }: Scheduled, now: number): boolean {
  return Date.parse(startAt) <= now;
}

/** How late it starts. 0 if a request starts it before its time. */
export function secondsLate({ startAt }: Scheduled, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(startAt)) / 1_000));
}

/** Whether a batch may be cancelled in this state. */
export function isCancellable(status: BatchStatus): boolean {
  return (BATCH_TRANSITIONS[status] as readonly BatchStatus[]).includes('cancelling');
}

/** Whether workers process its chunks. */
export function isUnderWay(status: BatchStatus): status is 'in_progress' | 'cancelling' {
  return status === 'in_progress' || status === 'cancelling';
}

export function isFinished(status: BatchStatus): status is FinishedStatus {
  return (FINISHED as readonly BatchStatus[]).includes(status);
}

/** The final status according to the counters; undefined while a payout is not terminal. */
export function finalStatus(counts: Counts, total: number): FinishedStatus | undefined {
  if (endedOf(counts) !== total) return undefined;
  const paid = counts.completed + counts.returned;
  if (paid === total) return 'completed';
  if (paid > 0) return 'partially_completed';
  return counts.cancelled === total ? 'cancelled' : 'failed';
}

/** @returns the chunk numbers from 1, each with its first and last position; positions count from 1 */
export function chunkRanges(total: number, chunkSize: number): { chunk: number; first: number; last: number }[] {
  return Array.from({ length: Math.ceil(total / chunkSize) }, (_, index) => ({
    chunk: index + 1,
    first: index * chunkSize + 1,
    last: Math.min((index + 1) * chunkSize, total),
  }));
}
