import { fullJitter } from '../kernel/backoff.ts';
import { isOpen, tally } from './chunk.ts';
import { payPayout } from './pay-payout.ts';
import { isTerminal, type Payout } from './payout.ts';
import type { ChunkMessage, HeldLease, PayoutDeps } from './ports.ts';
import { settleBatch } from './settle-batch.ts';

/** What became of a message; for the log. */
export type ChunkResult =
  | { readonly result: 'dropped'; readonly why: 'unknown_batch' | 'older_run' | 'not_in_progress' | 'missing' }
  | { readonly result: 'requeued'; readonly why: 'held' | 'not_due' }
  | { readonly result: 'already_done' | 'lost_lease' }
  | { readonly result: 'worked'; readonly completed: number; readonly failed: number; readonly open: number };

/**
 * Pays one chunk: takes its lease, pays what is due, writes all outcomes in one transaction, and arranges what comes
 * next. It may die anywhere: before the lease the message comes back; under the lease the next worker asks the bank;
 * after the outcome is written, the message or the recovery finds what is left to arrange.
 */
export async function payChunk(deps: PayoutDeps, message: ChunkMessage): Promise<ChunkResult> {
  const { batchId, chunk: number, run } = message;
  const batch = await deps.look(batchId);
  if (!batch) return { result: 'dropped', why: 'unknown_batch' };
  if (batch.run !== run) return { result: 'dropped', why: 'older_run' };
  if (batch.status !== 'in_progress') {
    await settleBatch(deps, batchId);
    return { result: 'dropped', why: 'not_in_progress' };
  }

  const now = deps.now();
  const lease = { owner: deps.newId(), until: now + deps.policy.leaseMs };
  const answer = await deps.chunks.lease({ id: batchId, chunk: number, run, lease, now });
  switch (answer.kind) {
    case 'leased':
      return workUnderLease(deps, message, answer.lease);
    case 'held':
    case 'not_due':
      await deps.queue.send([message], answer.until - now);
      return { result: 'requeued', why: answer.kind };
    case 'done':
      await closeChunk(deps, message);
      return { result: 'already_done' };
    case 'missing':
      return { result: 'dropped', why: 'missing' };
    case 'superseded':
      return { result: 'dropped', why: 'older_run' };
  }
}

async function workUnderLease(deps: PayoutDeps, message: ChunkMessage, held: HeldLease): Promise<ChunkResult> {
  const { batchId, chunk: number } = message;
  const payouts = await deps.chunks.readPayouts(batchId, number);
  const worked = await Promise.all(
    payouts.map(async (before) => ({
      before,
      after: isTerminal(before) ? before : await payPayout(deps, before, { held, run: message.run }),
    })),
  );
  const changes = worked.filter(({ before, after }) => before !== after);
  const counted = tally(worked.map(({ after }) => after));
  const open = isOpen({ counts: counted.counts, size: held.chunk.size });
  const delayMs = open ? delayBeforeNext(deps, held, worked) : 0;
  const settled = await deps.chunks.settle(held, {
    changes,
    tally: counted,
    rounds: open ? held.chunk.rounds + 1 : 0,
    dueAt: deps.now() + delayMs,
  });
  if (!settled) return { result: 'lost_lease' };

  if (open) await continueLater(deps, message, delayMs);
  else await closeChunk(deps, message);
  const { completed, failed } = counted.counts;
  return { result: 'worked', completed, failed, open: held.chunk.size - completed - failed };
}

/** Nothing to wait for if the lease merely ran out before everything could be sent. */
function delayBeforeNext(deps: PayoutDeps, held: HeldLease, worked: { before: Payout; after: Payout }[]): number {
  const moved = worked.some(({ before, after }) => before !== after && isTerminal(after));
  const refused = worked.some(({ after }) => after.status === 'retrying' || after.status === 'unknown');
  if (moved && !refused) return 0;
  const jittered = fullJitter(deps.policy.backoff, held.chunk.rounds + 1, deps.random);
  return Math.round(jittered / 1_000) * 1_000; // the queue delays by whole seconds
}

/** Sends the chunk on, under the run that stands now; while the batch is stopping there is no next time. */
async function continueLater(deps: PayoutDeps, { batchId, chunk }: ChunkMessage, delayMs: number): Promise<void> {
  const batch = await deps.look(batchId);
  if (batch?.status === 'in_progress') await deps.queue.send([{ batchId, chunk, run: batch.run }], delayMs);
  else await settleBatch(deps, batchId);
}

async function closeChunk(deps: PayoutDeps, { batchId, chunk }: ChunkMessage): Promise<void> {
  const { chunksDone, chunkCount, status } = await deps.batches.markChunkDone(batchId, chunk);
  if (chunksDone.size === chunkCount || status === 'stopping') await settleBatch(deps, batchId);
}
