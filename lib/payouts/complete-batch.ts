import { isLeased } from '../rail/index.ts';
import { finalStatus, isUnderWay, releasedAt } from './batch.ts';
import { batchEnded } from './batch-events.ts';
import { addCounts, mayStillArrive, paidBy } from './chunk.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

/**
 * Moves a batch to a final status when every payout is terminal, and from `stopping` to `stopped` when no chunk is leased.
 * It can be called at any time: it decides from the stored state, and its write holds only for the run that it read.
 *
 * Why `stopped` is safe: a worker takes its lease before it reads the batch, and reads the batch before every send. So a
 * worker that read `in_progress` had its lease before `stopping` was written, and this reads the leases after that. A call
 * that timed out may arrive after its lease: its payout is `unknown`, and the chunk is not due until the call cannot arrive.
 */
export async function completeBatch(deps: PayoutDeps, id: BatchId): Promise<void> {
  const { batches, chunks, now } = deps;
  const batch = await batches.read(id);
  if (batch?.status === 'stopping') {
    const all = await chunks.readAll(id);
    if (all.some((chunk) => isLeased(chunk, now()) || mayStillArrive(chunk, now()))) return;
    const stopped = await batches.markStopped(batch, batchEnded(deps, 'batch.stopped', batch, 'stopped', all));
    // A payout was cancelled since the batch was read, or the batch was started and stopped again.
    if (!stopped.done && stopped.found?.status === 'stopping') await completeBatch(deps, id);
  } else if (batch && isUnderWay(batch.status) && !batch.reopening) {
    const all = await chunks.readAll(id);
    const finalCounts = addCounts(all.map((chunk) => chunk.counts));
    const status = finalStatus(finalCounts, batch.total);
    if (!status) return;
    const event = batchEnded(deps, 'batch.completed', batch, status, all);
    const released = releasedAt(batch, paidBy(all));
    await batches.finish({ ...batch, finalCounts }, status, now(), event, released);
  }
}

/** Records that no payout of a chunk is open. The last chunk completes its batch; if it dies before that, recovery does. */
export async function closeChunk(deps: PayoutDeps, id: BatchId, chunk: number): Promise<void> {
  const { chunksDone, chunkCount, status } = await deps.batches.markChunkDone(id, chunk);
  if (chunksDone.size === chunkCount || status === 'stopping') await completeBatch(deps, id);
}
