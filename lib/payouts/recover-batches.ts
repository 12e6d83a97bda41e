import { lostAmong } from '../rail/index.ts';
import type { Recovery } from '../recovery/index.ts';
import type { Batch } from './batch.ts';
import { type Chunk, isOpen } from './chunk.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { reopenFailures } from './retry-failed.ts';
import { startIfNew } from './start-batch.ts';

/**
 * Continues what a crash interrupted. It may repeat work that is still under way: messages are fenced by run and lease,
 * so the second one finds nothing to do.
 */
export function recoverBatches(deps: PayoutDeps): Recovery<BatchId> {
  return {
    name: 'batches',
    list: () => deps.batches.listOpen(),
    idOf: (id) => id,
    async recover(id, count) {
      const batch = await deps.batches.read(id);
      const dispatched = batch ? await recoverBatch(deps, batch) : 0;
      if (dispatched > 0) count('dispatched', dispatched);
    },
  };
}

/** @returns how many chunks were dispatched again */
async function recoverBatch(deps: PayoutDeps, batch: Batch): Promise<number> {
  const isStale = (since: number) => since + deps.policy.lostAfterMs <= deps.now();
  switch (batch.status) {
    case 'created':
      // A request with auto_start died between creating and starting it.
      if (batch.autoStart && isStale(batch.creatorUntil)) await startIfNew(deps, batch.id);
      return 0;
    case 'stopping':
      await completeBatch(deps, batch.id);
      return 0;
    case 'in_progress':
      if (!batch.reopening) return redispatch(deps, batch);
      if (isStale(batch.dispatchedAt)) await reopenFailures(deps, batch);
      return 0;
    default:
      return 0; // `creating` waits for its caller to repeat the request; the index may lag for finished ones
  }
}

/**
 * Dispatches each open chunk whose message may be lost. A leased chunk gets its message now, delayed until the lease
 * lapses: if the holder lives, the message finds nothing to do; if not, the chunk need not wait for the next run.
 */
async function redispatch(deps: PayoutDeps, batch: Batch): Promise<number> {
  const now = deps.now();
  const open = (await deps.chunks.readAll(batch.id)).filter((chunk) => isOpen(chunk) && !chunk.deadLetter);
  if (open.length === 0) {
    await completeBatch(deps, batch.id);
    return 0;
  }
  const message = (chunk: Chunk) => ({ batchId: batch.id, chunk: chunk.number, run: batch.run });
  const leased = open.filter((chunk) => chunk.lease);
  for (const chunk of leased) await deps.queue.send([message(chunk)], (chunk.lease?.until ?? now) - now);

  const untouchedFor = (chunk: Chunk) => now - Math.max(chunk.dueAt, batch.dispatchedAt);
  const lost = await lostAmong(
    open.filter((chunk) => !chunk.lease),
    untouchedFor,
    { lostAfterMs: deps.policy.lostAfterMs, isIdle: () => deps.queue.isIdle() },
  );
  if (lost.length > 0) {
    await deps.queue.send(lost.map(message));
    await deps.batches.touchDispatched(batch.id, batch.run, now);
  }
  return leased.length + lost.length;
}
