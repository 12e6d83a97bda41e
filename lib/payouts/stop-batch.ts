import { AppError, orNotFound } from '../kernel/errors.ts';
import type { Batch } from './batch.ts';
import { stopRequested } from './batch-events.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

/**
 * Stops a batch: it is `stopping` until the last lease ends, then `stopped`. Nothing is sent until start. Repeatable.
 * @throws AppError NOT_FOUND, INVALID_STATE
 */
export async function stopBatch(deps: PayoutDeps, id: BatchId): Promise<Batch> {
  let batch = orNotFound(await deps.batches.read(id), `There is no batch ${id}.`);
  while (batch.status === 'in_progress') {
    const stopped = await deps.batches.stop(batch, stopRequested(deps, batch));
    if (stopped.done) {
      await completeBatch(deps, id);
      return stopped.item;
    }
    batch = orNotFound(stopped.found, `There is no batch ${id}.`); // it has changed since it was read
  }
  if (batch.status === 'stopping' || batch.status === 'stopped') return batch;
  throw new AppError('INVALID_STATE', { message: `A batch that is ${batch.status} cannot be stopped.` });
}
