import { AppError, orNotFound } from '../kernel/errors.ts';
import { type Batch, isDue, isScheduled, isStartable } from './batch.ts';
import { batchStarted } from './batch-events.ts';
import { isOpen, messageOf } from './chunk.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { approvedFor } from './schedule-batch.ts';

/**
 * Starts a batch, a scheduled one before its time too, or resumes a stopped one. It changes nothing if the batch is in progress.
 * A batch that was approved for a time is not started before it. If it dies after the new run is
 * stored, recovery dispatches the chunks.
 * @throws AppError NOT_FOUND, INVALID_STATE
 */
export async function startBatch(deps: PayoutDeps, id: BatchId): Promise<Batch> {
  let batch = orNotFound(await deps.batches.read(id), `There is no batch ${id}.`);
  while (isStartable(batch)) {
    if (isScheduled(batch) && batch.approval && !isDue(batch, deps.now()))
      throw approvedFor(batch, 'started before it');
    const started = await deps.batches.start(batch, deps.now(), batchStarted(deps, batch));
    if (started.done) {
      await dispatchOpenChunks(deps, started.item);
      return started.item;
    }
    batch = orNotFound(started.found, `There is no batch ${id}.`); // it has changed since it was read
  }
  if (batch.status === 'in_progress') return batch;
  throw new AppError('INVALID_STATE', { message: `A batch that is ${batch.status} cannot be started.` });
}

/**
 * Starts a batch with `auto_start`, only if it was never started: a client may have stopped it since. The write checks
 * this, because the batch that was read may be out of date.
 */
export async function startIfNew(deps: PayoutDeps, batch: Batch & { readonly status: 'created' }): Promise<void> {
  const started = await deps.batches.start(batch, deps.now(), batchStarted(deps, batch));
  if (started.done) await dispatchOpenChunks(deps, started.item);
}

/** Starts a scheduled batch when its time has come, once: the write checks that the time has not changed since it was read. */
export async function startIfDue(deps: PayoutDeps, batch: Batch): Promise<void> {
  if (!isScheduled(batch) || !isDue(batch, deps.now())) return;
  const started = await deps.batches.start(batch, deps.now(), batchStarted(deps, batch));
  if (started.done) await dispatchOpenChunks(deps, started.item);
}

/** Sends one message per open chunk. A dead-lettered chunk waits for its redrive. */
export async function dispatchOpenChunks(deps: PayoutDeps, { id, run }: Batch): Promise<void> {
  const open = (await deps.chunks.readAll(id)).filter((chunk) => isOpen(chunk) && !chunk.deadLetter);
  await deps.queue.send(open.map((chunk) => messageOf(chunk, run)));
  if (open.length === 0) await completeBatch(deps, id);
}
