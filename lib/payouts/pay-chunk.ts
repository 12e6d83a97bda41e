import { rememberPaid } from '../access/index.ts';
import { wholeSeconds } from '../kernel/backoff.ts';
import { lastsFor, pauseBefore } from '../rail/index.ts';
import type { Delivery } from '../recovery/index.ts';
import { askedPayments } from './approve-batch.ts';
import { type BatchState, isUnderWay } from './batch.ts';
import { payoutsEnded } from './batch-events.ts';
import type { ChunkMessage } from './chunk.ts';
import { countersUnderLease, endedOf, isOpen, totalsOf } from './chunk.ts';
import type { HeldLease } from './chunk-store.ts';
import { closeChunk, completeBatch } from './complete-batch.ts';
import { type Fence, fenceOf } from './fence.ts';
import { payPayout, type Worked } from './pay-payout.ts';
import type { PayoutDeps } from './ports.ts';
import { countEnded } from './throughput.ts';

/** The result of a message, for the log. */
export type ChunkResult =
  | {
      readonly result: 'dropped';
      readonly why: 'unknown_batch' | 'older_run' | 'not_in_progress' | 'missing' | 'superseded';
    }
  | { readonly result: 'requeued'; readonly why: 'held' | 'not_due' }
  | { readonly result: 'already_done' | 'lost_lease' }
  | { readonly result: 'worked'; readonly completed: number; readonly failed: number; readonly open: number };

/**
 * Pays one chunk: takes its lease, pays what is due, writes all outcomes in one transaction, and queues the next round.
 * It may die at any point: then the message is delivered again, and the next worker looks up what was sent under the
 * abandoned lease, or continues with the next round. If the message is lost too, recovery sends another one.
 */
export async function payChunk(
  deps: PayoutDeps,
  message: ChunkMessage,
  { receives }: Pick<Delivery, 'receives'> = { receives: 1 },
): Promise<ChunkResult> {
  const { batchId, run } = message;
  const batch = await deps.readState(batchId);
  if (!batch) return { result: 'dropped', why: 'unknown_batch' };
  if (batch.run !== run) return { result: 'dropped', why: 'older_run' };
  if (!isUnderWay(batch.status)) {
    await completeBatch(deps, batchId);
    return { result: 'dropped', why: 'not_in_progress' };
  }

  const now = deps.now();
  const lease = { owner: deps.newId(), until: now + deps.policy.leaseMs };
  // A worker may have died after it committed a round and before it queued the next one. Then its message, delivered
  // again, is the only one of the chunk, so it fits every round.
  const round = receives > 1 ? undefined : message.round;
  const answer = await deps.chunks.lease({ ...message, round, lease, now });
  switch (answer.kind) {
    case 'leased':
      return workUnderLease(deps, { message, batch, held: answer.lease });
    case 'held':
    case 'not_due':
      await deps.queue.send([{ ...message, round: answer.round }], answer.until - now);
      return { result: 'requeued', why: answer.kind };
    case 'done':
      await closeChunk(deps, batchId, message.chunk);
      return { result: 'already_done' };
    case 'missing':
    case 'superseded':
      return { result: 'dropped', why: answer.kind };
  }
}

/** `batch`: as it was before the lease was taken. */
type Taken = { readonly message: ChunkMessage; readonly batch: BatchState; readonly held: HeldLease };

/**
 * Pays, writes all outcomes, and repeats this for the payouts to retry while the lease lasts, and the wait is brief, or short and
 * no other chunk waits for a worker. Otherwise the chunk goes back to the queue.
 */
export async function workUnderLease(deps: PayoutDeps, { message, batch, held }: Taken): Promise<ChunkResult> {
  let payouts = await deps.chunks.readPayouts(message.batchId, message.chunk);
  const fence = fenceOf(deps, message, batch, payouts);
  for (
    let round = held.chunk.rounds + 1, { previousLeaseAbandoned } = held;
    ;
    round += 1, previousLeaseAbandoned = false
  ) {
    const lease = { ...held, previousLeaseAbandoned, createdAt: batch.createdAt };
    const worked = await Promise.all(payouts.map((payout) => payPayout(deps, payout, fence, lease)));
    payouts = worked.map(({ after }) => after);
    const counted = totalsOf(payouts);
    const { completed, failed } = counted.counts;
    const open = isOpen({ counts: counted.counts, size: held.chunk.size });
    const { atLeastMs, delayMs } = delayBeforeNext(deps, round, worked);
    const keepLease = open && (await isWorthWaiting(deps, fence, held, delayMs));
    const queueDelayMs = keepLease ? 0 : Math.max(atLeastMs, wholeSeconds(delayMs, deps.random));
    // Under one lease the stored round stays, so that the messages that wait for the end of the lease stay valid.
    const roundsAfter = keepLease ? held.chunk.rounds : open ? round : 0;
    const changes = worked.filter(({ before, after }) => before !== after);
    const changed = changes.map(({ after }) => after);
    const committed = await deps.chunks.commitOutcomes(held, {
      changes,
      totals: keepLease ? countersUnderLease(counted) : counted,
      rounds: roundsAfter,
      dueAt: open ? deps.now() + queueDelayMs : 0,
      keepLease,
      events: payoutsEnded(deps, message.run, changed),
    });
    if (!committed) return { result: 'lost_lease' };
    const paid = changed.filter(({ status }) => status === 'completed');
    await Promise.all([rememberPaid(deps, () => askedPayments(paid)), countEnded(deps, changed)]);
    if (keepLease) {
      await deps.sleep(delayMs);
      continue;
    }
    if (open) {
      const isUnknown = counted.counts.unknown > 0;
      await continueLater(deps, { ...message, round }, { delayMs: queueDelayMs, isUnknown });
    } else await closeChunk(deps, message.batchId, message.chunk);
    return { result: 'worked', completed, failed, open: held.chunk.size - endedOf(counted.counts) };
  }
}

function delayBeforeNext(deps: PayoutDeps, round: number, worked: readonly Worked[]) {
  const isUnknown = worked.some(({ after }) => after.status === 'unknown');
  const isRefused = worked.some(({ after, circuitOpen }) => circuitOpen || after.status === 'retrying');
  return pauseBefore(deps, round, { isUnknown, isDueAgain: isUnknown || isRefused });
}

/**
 * Up to here a wait costs less than what would replace it: a message, a lease, and a read of all payouts of the chunk. So workers
 * wait although other chunks wait for them.
 */
const BRIEF_WAIT_MS = 400;

async function isWorthWaiting(deps: PayoutDeps, fence: Fence, { lease }: HeldLease, delayMs: number): Promise<boolean> {
  if (delayMs > deps.policy.maxWaitMs || !lastsFor({ ...deps, rail: deps.bank }, lease, delayMs)) return false;
  return (await fence.isRunning()) && (delayMs <= BRIEF_WAIT_MS || (await deps.queue.isIdle()));
}

/**
 * Queues the next round under the current run. While the batch is stopping there is no next round, but an unknown payout
 * needs a message that completes the stop once its call can no longer arrive.
 */
async function continueLater(
  deps: PayoutDeps,
  message: ChunkMessage,
  { delayMs, isUnknown }: { readonly delayMs: number; readonly isUnknown: boolean },
): Promise<void> {
  const batch = await deps.readState(message.batchId);
  if (batch && (isUnderWay(batch.status) || (batch.status === 'stopping' && isUnknown))) {
    await deps.queue.send([{ ...message, run: batch.run }], delayMs);
  } else {
    await completeBatch(deps, message.batchId);
  }
}
