import { AppError, orNotFound } from '../kernel/errors.ts';
import type { Batch } from './batch.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

/**
 * Stops a batch: it is `stopping` until the last lease ends, then `stopped`. Nothing is sent until start. Repeatable.
 * @throws AppError NOT_FOUND, INVALID_STATE
 */
export async function stopBatch(deps: PayoutDeps, id: BatchId): Promise<Batch> {
  const stopped = await deps.batches.stop(id);
  if (stopped.done) {
    await completeBatch(deps, id);
    return stopped.item;
  }
  const found = orNotFound(stopped.found, `There is no batch ${id}.`);
  if (found.status === 'stopping' || found.status === 'stopped') return found;
  throw new AppError('INVALID_STATE', { message: `A batch that is ${found.status} cannot be stopped.` });
}
