import { type DomainEvent, type EventDataOf, type EventDeps, eventOf } from '../events/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import { type Batch, type BatchStatus, isScheduled, type Scheduled, secondsLate } from './batch.ts';
import { addCounts, addSums, type Chunk, type Sums } from './chunk.ts';
import { type BatchId, type PayoutId, placeOf } from './ids.ts';
import type { Payout } from './payout.ts';

/*
 * A batch is created, approved, rejected and scheduled once. It starts, is retried or is cancelled once per run, and in each
 * run it can be stopped or completed once. A payout fails at most once per run, and is cancelled or returned at most once.
 */

const source = '/sluice/payouts';
const factOf = (id: BatchId, run: number) => `${id}:${run}`;

export function batchCreated(deps: EventDeps, { id, total, amounts, autoStart }: Batch): DomainEvent {
  const data = { batch_id: id, total_count: total, total_minor: sumsData([amounts]), auto_start: autoStart };
  return eventOf(deps, { type: 'batch.created', source, subject: id, data });
}

/** Of a batch with a time: its payouts are stored, and no approval is missing. */
export function batchScheduled(deps: EventDeps, { id, startAt }: Batch): DomainEvent[] {
  if (startAt === undefined) return [];
  return [eventOf(deps, { type: 'batch.scheduled', source, subject: id, data: { batch_id: id, start_at: startAt } })];
}

export function batchRescheduled(deps: EventDeps, { id, startAt, reschedules }: Scheduled, next: string): DomainEvent {
  const data = { batch_id: id, start_at: next, previous_start_at: startAt };
  return eventOf(deps, { type: 'batch.rescheduled', source, subject: id, fact: factOf(id, reschedules + 1), data });
}

export function batchApproved(deps: EventDeps, { id, approval, autoStart }: Batch): DomainEvent {
  const data = { batch_id: id, approval_id: approval?.id ?? '', auto_start: autoStart };
  return eventOf(deps, { type: 'batch.approved', source, subject: id, data });
}

/** @param why it ended: the status of its approval, or its upload ended before it was released */
export function batchRejected(
  deps: EventDeps,
  { id, approval }: Batch,
  why: 'rejected' | 'lapsed' | 'upload',
): DomainEvent {
  const data = { batch_id: id, approval_id: approval?.id ?? '', reason: why };
  return eventOf(deps, { type: 'batch.rejected', source, subject: id, data });
}

/** @param before the batch that starts, or resumes, with its next run */
export function batchStarted(deps: EventDeps, before: Batch): DomainEvent {
  const { id, status } = before;
  const run = before.run + 1;
  const schedule = isScheduled(before)
    ? { start_at: before.startAt, late_seconds: secondsLate(before, deps.now()) }
    : {};
  const data = { batch_id: id, run, previous_status: status, ...schedule };
  return eventOf(deps, { type: 'batch.started', source, subject: id, fact: factOf(id, run), data });
}

/** @param before the finished batch whose failures get the next run */
export function batchRetried(
  deps: EventDeps,
  before: Batch,
  retryable: number,
  codes: ReadonlySet<string> | undefined,
): DomainEvent {
  const { id, status } = before;
  const run = before.run + 1;
  const data = {
    batch_id: id,
    run,
    previous_status: status,
    retryable_count: retryable,
    ...(codes ? { codes: [...codes].join(',') } : {}),
  };
  return eventOf(deps, { type: 'batch.retried', source, subject: id, fact: factOf(id, run), data });
}

export function stopRequested(deps: EventDeps, { id, run }: Batch): DomainEvent {
  const data = { batch_id: id, run };
  return eventOf(deps, { type: 'batch.stop_requested', source, subject: id, fact: factOf(id, run), data });
}

/** @param before the batch that is cancelled with its next run */
export function cancelRequested(deps: EventDeps, before: Batch, reason: string): DomainEvent {
  const { id, status } = before;
  const run = before.run + 1;
  const data = { batch_id: id, run, previous_status: status, reason };
  return eventOf(deps, { type: 'batch.cancel_requested', source, subject: id, fact: factOf(id, run), data });
}

export function payoutCancelRequested(deps: EventDeps, payout: Payout, reason: string): DomainEvent {
  const { batchId } = placeOf(payout.id);
  const data = { batch_id: batchId, ...shown(payout), reason };
  return eventOf(deps, { type: 'payout.cancel_requested', source, subject: batchId, fact: payout.id, data });
}

/** Once per round of its chunk. */
export function lookUpRequested(deps: EventDeps, payout: Payout, { batchId, run, rounds }: Chunk): DomainEvent {
  const data = { batch_id: batchId, ...shown(payout) };
  const fact = `${payout.id}:${run}:${rounds}`;
  return eventOf(deps, { type: 'payout.look_up_requested', source, subject: batchId, fact, data });
}

export function batchEnded(
  deps: EventDeps,
  type: 'batch.stopped' | 'batch.completed',
  { id, run, total }: Batch,
  status: BatchStatus,
  chunks: readonly Chunk[],
): DomainEvent {
  const counts = addCounts(chunks.map((chunk) => chunk.counts));
  const data = {
    batch_id: id,
    run,
    status,
    total_count: total,
    completed_count: counts.completed,
    failed_count: counts.failed,
    cancelled_count: counts.cancelled,
    completed_minor: sumsData(chunks.map((chunk) => chunk.completedAmounts)),
    failed_minor: sumsData(chunks.map((chunk) => chunk.failedAmounts)),
    cancelled_minor: sumsData(chunks.map((chunk) => chunk.cancelledAmounts)),
  };
  return eventOf(deps, { type, source, subject: id, fact: factOf(id, run), data });
}

export function chunkEvent(
  deps: EventDeps,
  type: 'batch.dead_lettered' | 'batch.redriven',
  { batchId: id, chunk }: { readonly batchId: BatchId; readonly chunk: number },
  { messageId, receives, at }: DeadLetter,
): DomainEvent {
  const data = { batch_id: id, chunk, message_id: messageId, receives };
  return eventOf(deps, { type, source, subject: id, fact: `${id}:${chunk}:${messageId}:${at}`, data });
}

/** The payouts of a chunk that ended in one write, by status. Most payouts are completed, and these have no event of their own. */
export function payoutsEnded(deps: EventDeps, run: number, changed: readonly Payout[]): DomainEvent[] {
  const ended = {
    'payout.failed': changed.flatMap((each) =>
      each.status === 'failed' ? [{ ...shown(each), code: each.failure.code, retryable: each.failure.retryable }] : [],
    ),
    'payout.cancelled': changed.flatMap((each) => (each.status === 'cancelled' ? [shown(each)] : [])),
    'payout.returned': changed.flatMap((each) =>
      each.status === 'returned' ? [{ ...shown(each), code: each.returned.code }] : [],
    ),
  };
  return (['payout.failed', 'payout.cancelled', 'payout.returned'] as const).flatMap((type) =>
    together(deps, type, run, ended[type]),
  );
}

const shown = ({ id, externalId, money }: Payout) => ({
  payout_id: id,
  external_id: externalId,
  amount: `${money.minor}`,
  currency: money.currency,
});

type PayoutsEnded = 'payout.failed' | 'payout.cancelled' | 'payout.returned';

function together(
  deps: EventDeps,
  type: PayoutsEnded,
  run: number,
  payouts: EventDataOf<PayoutsEnded>['payouts'],
): DomainEvent[] {
  const [first] = payouts;
  if (!first) return [];
  const { batchId, chunk } = placeOf(first.payout_id as PayoutId);
  const data = { batch_id: batchId, chunk, run, payouts } as EventDataOf<typeof type>;
  return [eventOf(deps, { type, source, subject: batchId, fact: `${first.payout_id}:${run}`, data })];
}

function sumsData(parts: readonly Sums[]): Record<string, string> {
  return Object.fromEntries([...addSums(parts)].map(([currency, minor]) => [currency, `${minor}`]));
}
