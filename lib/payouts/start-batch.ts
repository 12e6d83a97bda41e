import { AppError, orNotFound } from '../kernel/errors.ts';
import type { Batch } from './batch.ts';
import { isOpen, messageOf } from './chunk.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

/**
 * Starts a batch, or resumes a stopped one. It changes nothing if the batch is in progress. If it dies after the new run is
 * stored, recovery dispatches the chunks.
 * @throws AppError NOT_FOUND, INVALID_STATE
 */
export async function startBatch(deps: PayoutDeps, id: BatchId): Promise<Batch> {
  const started = await deps.batches.start(id, deps.now());
  if (!started.done) {
    const found = orNotFound(started.found, `There is no batch ${id}.`);
    if (found.status === 'in_progress') return found;
    throw new AppError('INVALID_STATE', { message: `A batch that is ${found.status} cannot be started.` });
  }
  await dispatchOpenChunks(deps, started.item);
  return started.item;
}

/**
 * Starts a batch with `auto_start`, only if it was never started: a client may have stopped it since. The write checks
 * this, because the batch that was read may be out of date.
 */
export async function startIfNew(deps: PayoutDeps, id: BatchId): Promise<void> {
  const started = await deps.batches.start(id, deps.now(), ['created']);
  if (started.done) await dispatchOpenChunks(deps, started.item);
}

/** Sends one message per open chunk. A dead-lettered chunk waits for its redrive. */
export async function dispatchOpenChunks(deps: PayoutDeps, { id, run }: Batch): Promise<void> {
  const open = (await deps.chunks.readAll(id)).filter((chunk) => isOpen(chunk) && !chunk.deadLetter);
  await deps.queue.send(open.map((chunk) => messageOf(chunk, run)));
  if (open.length === 0) await completeBatch(deps, id);
}
