import { lostAmong } from '../rail/index.ts';
import type { Batch } from './batch.ts';
import { type Chunk, isOpen } from './chunk.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { reopenFailures } from './retry-failed.ts';
import { startIfNew } from './start-batch.ts';

/**
 * The safety net, run every minute: whatever a crash left undone is carried on, without anyone calling start. It may
 * repeat work that is still under way: messages are fenced by run and lease, so a second one finds nothing to do.
 * @returns the batches looked after, with the number of chunks dispatched again
 * @throws AggregateError what went wrong with single batches, once all of them were looked after
 */
export async function recoverBatches(deps: PayoutDeps): Promise<{ batchId: BatchId; dispatched: number }[]> {
  const recovered = [];
  const failures: Error[] = [];
  for (const id of await deps.batches.listOpen()) {
    try {
      const batch = await deps.batches.read(id);
      if (batch) recovered.push({ batchId: id, dispatched: await recoverBatch(deps, batch) });
    } catch (error) {
      failures.push(new Error(`batch ${id}: ${(error as Error).message}`, { cause: error }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  return recovered;
}

async function recoverBatch(deps: PayoutDeps, batch: Batch): Promise<number> {
  const isStale = (since: number) => since + deps.policy.lostAfterMs <= deps.now();
  switch (batch.status) {
    case 'created':
      // Accepted with auto_start, and its request died before it could start it.
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
 * Dispatches each open chunk that nobody can be expected to come back to. A lease that still stands gets its message
 * now, delayed until the lease lapses: if its holder lives the message will find nothing to do, and if not, nobody has
 * to wait for the next tick.
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
