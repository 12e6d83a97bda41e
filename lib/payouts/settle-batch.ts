import { finalStatus } from './batch.ts';
import { addCounts, isLeased } from './chunk.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

/**
 * Moves a batch on if the state of its chunks allows: to a final status when every payout is terminal, from `stopping`
 * to `stopped` when the last lease is gone. Anyone may call it at any time; it decides from what is stored, and the
 * write holds only for the run it looked at.
 *
 * Why `stopped` is safe: a worker takes its lease before it looks at the batch, and looks before every send. So whoever
 * still saw `in_progress` had its lease before `stopping` was written, and the leases are read after that.
 */
export async function settleBatch({ batches, chunks, now }: PayoutDeps, id: BatchId): Promise<void> {
  const batch = await batches.read(id);
  if (batch?.status === 'stopping') {
    const all = await chunks.readAll(id);
    if (!all.some((chunk) => isLeased(chunk, now()))) await batches.markStopped(id, batch.run);
  } else if (batch?.status === 'in_progress' && !batch.reopening) {
    const all = await chunks.readAll(id);
    const status = finalStatus(addCounts(all.map((chunk) => chunk.counts)), batch.total);
    if (status) await batches.finish(id, batch.run, status, now());
  }
}
