import { cancelApproval } from '../access/index.ts';
import { AppError, orNotFound } from '../kernel/errors.ts';
import { type Batch, isCancellable } from './batch.ts';
import { cancelRequested } from './batch-events.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { type BatchWithChunks, readBatch } from './read-batches.ts';
import { reopenFailures } from './retry-failed.ts';
import { dispatchOpenChunks } from './start-batch.ts';

/**
 * Cancels all of a batch that was not sent. Nothing is sent after the answer but calls that were under way. Workers then
 * cancel what was not sent, and look up what has no known outcome: the rail decides about that. A batch that waits for an
 * approval waits no more. Repeatable: the first request has the effect. If it dies after the status is stored, recovery
 * dispatches the chunks.
 * @throws AppError NOT_FOUND, INVALID_STATE
 */
export async function cancelBatch(deps: PayoutDeps, id: BatchId, reason: string): Promise<BatchWithChunks> {
  let batch = await readHeader(deps, id);
  while (isCancellable(batch.status)) {
    if (await cancelIfUnchanged(deps, batch, reason)) return readBatch(deps, id);
    batch = await readHeader(deps, id); // it has changed since it was read
  }
  if (batch.cancellation) return readBatch(deps, id);
  throw new AppError('INVALID_STATE', { message: `A batch that is ${batch.status} cannot be cancelled.` });
}

async function readHeader({ batches }: PayoutDeps, id: BatchId): Promise<Batch> {
  return orNotFound(await batches.read(id), `There is no batch ${id}.`);
}

/** @returns false if the batch or its approval has changed since it was read */
export async function cancelIfUnchanged(deps: PayoutDeps, before: Batch, reason: string): Promise<boolean> {
  const now = deps.now();
  const isWaiting = before.status === 'awaiting_approval' && before.approval;
  const approval = isWaiting ? await cancelApproval(deps, isWaiting.id) : undefined;
  if (isWaiting && !approval) return false;
  const cancellation = { reason, at: new Date(now).toISOString() };
  const event = cancelRequested(deps, before, reason);
  if (!(await deps.batches.cancel(before, { cancellation, now, event, approval }))) return false;
  const cancelling = { ...before, status: 'cancelling', run: before.run + 1 } as const;
  // A retry that still re-opens failures must end first, so that it re-opens none after the batch has finished.
  await (before.reopening ? reopenFailures(deps, cancelling) : dispatchOpenChunks(deps, cancelling));
  return true;
}
