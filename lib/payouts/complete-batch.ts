import { type DomainEvent, type EventType, eventOf } from '../events/index.ts';
import { isLeased } from '../rail/index.ts';
import { type Batch, type BatchStatus, finalStatus } from './batch.ts';
import { addCounts, addSums, type Chunk, mayStillArrive, type Sums } from './chunk.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

/**
 * Moves a batch on if the state of its chunks allows: to a final status when every payout is terminal, from `stopping`
 * to `stopped` when the last lease is gone. Anyone may call it at any time; it decides from what is stored, and the
 * write holds only for the run it looked at.
 *
 * Why `stopped` is safe: a worker takes its lease before it looks at the batch, and looks before every send. So whoever
 * still saw `in_progress` had its lease before `stopping` was written, and the leases are read after that. A call that was
 * given up may arrive after its lease: its payout is `unknown`, and not due until it has arrived or never will.
 */
export async function completeBatch(deps: PayoutDeps, id: BatchId): Promise<void> {
  const { batches, chunks, now } = deps;
  const batch = await batches.read(id);
  if (batch?.status === 'stopping') {
    const all = await chunks.readAll(id);
    if (all.some((chunk) => isLeased(chunk, now()) || mayStillArrive(chunk, now()))) return;
    await batches.markStopped(id, batch.run, batchEvent(deps, 'batch.stopped', batch, 'stopped', all));
  } else if (batch?.status === 'in_progress' && !batch.reopening) {
    const all = await chunks.readAll(id);
    const status = finalStatus(addCounts(all.map((chunk) => chunk.counts)), batch.total);
    if (!status) return;
    await batches.finish(id, batch.run, status, now(), batchEvent(deps, 'batch.completed', batch, status, all));
  }
}

/** Once for each run: a batch that goes on may stop, or come to an end, again. */
function batchEvent(
  deps: PayoutDeps,
  type: EventType,
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
    completed_minor: sumsData(chunks.map((chunk) => chunk.completedAmounts)),
    failed_minor: sumsData(chunks.map((chunk) => chunk.failedAmounts)),
  };
  return eventOf(deps, { type, source: '/sluice/payouts', subject: id, fact: `${id}:${run}`, data });
}

function sumsData(parts: readonly Sums[]): Record<string, string> {
  return Object.fromEntries([...addSums(parts)].map(([currency, minor]) => [currency, `${minor}`]));
}
