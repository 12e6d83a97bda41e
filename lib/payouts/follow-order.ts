import { type Batch, isCancellable, isStartable, releasedAt } from './batch.ts';
import { batchRejected, batchStarted, stopRequested } from './batch-events.ts';
import { cancelIfUnchanged } from './cancel-batch.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { dispatchOpenChunks } from './start-batch.ts';

/**
 * An order of an upload to its batches. `number` counts the orders. Each batch follows an order once, and no earlier order after
 * a later one: a late worker cannot undo the work of another worker.
 */
export type UploadOrder = {
  readonly wanted: 'drop' | 'release' | 'start' | 'stop' | 'cancel';
  readonly number: number;
  /** Of a cancel. */
  readonly reason: string;
};

/**
 * Brings a batch to the status that the order wants. Repeatable. If it dies after the write, recovery of batches continues.
 * @returns whether it changed the batch
 */
export async function followOrder(deps: PayoutDeps, id: BatchId, order: UploadOrder): Promise<boolean> {
  for (;;) {
    const batch = await deps.batches.read(id);
    if (!batch || (batch.uploadOrder ?? 0) >= order.number) return false;
    if (batch.status === 'held' && order.wanted !== 'drop') await deps.batches.release(id);
    else if (await followFrom(deps, batch, order)) return true;
  }
}

/** @returns false if the batch has changed since it was read */
async function followFrom(deps: PayoutDeps, batch: Batch, { wanted, number, reason }: UploadOrder): Promise<boolean> {
  const now = deps.now();
  if (wanted === 'drop' && (batch.status === 'held' || batch.status === 'creating')) {
    const event = batchRejected(deps, batch, 'upload');
    return (await deps.batches.drop(batch.id, now, event, releasedAt(batch, new Map()))).done;
  }
  if (wanted === 'cancel' && isCancellable(batch.status)) return cancelIfUnchanged(deps, batch, reason);
  if (wanted === 'start' && isStartable(batch)) {
    const started = await deps.batches.start(batch, now, batchStarted(deps, batch), number);
    if (started.done) await dispatchOpenChunks(deps, started.item);
    return started.done;
  }
  if (wanted === 'stop' && batch.status === 'in_progress') {
    const stopped = await deps.batches.stop(batch, stopRequested(deps, batch), number);
    if (stopped.done) await completeBatch(deps, batch.id);
    return stopped.done;
  }
  return deps.batches.markFollowed(batch, number);
}
