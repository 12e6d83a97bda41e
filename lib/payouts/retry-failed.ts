import pMap from 'p-map';
import { demandOf, limitsAmounts, requireWithinPayoutLimit } from '../access/index.ts';
import { AppError, orNotFound } from '../kernel/errors.ts';
import { sumByCurrency } from '../kernel/money.ts';
import { type Batch, isFinished } from './batch.ts';
import { batchRetried } from './batch-events.ts';
import { amountPath } from './batch-request.ts';
import { type Chunk, paidBy, totalsOf } from './chunk.ts';
import { type BatchId, placeOf } from './ids.ts';
import { reopen } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { dispatchOpenChunks } from './start-batch.ts';

const PARALLEL_CHUNKS = 8;

/**
 * Re-opens the retryable failures of a finished batch, with new attempts, and starts a new run for them. It does not change
 * permanent failures, nor a batch without retryable failures. It counts towards the limits of the key that asks for it.
 * @returns the batch, and how many payouts were re-opened
 * @throws AppError NOT_FOUND, INVALID_STATE, LIMIT_EXCEEDED: nothing was re-opened
 */
export async function retryFailed(deps: PayoutDeps, id: BatchId): Promise<{ batch: Batch; reopened: number }> {
  const batch = orNotFound(await deps.batches.read(id), `There is no batch ${id}.`);
  if (!isFinished(batch.status)) throw notRetryable(batch);
  const all = await deps.chunks.readAll(id);
  const reopened = all.reduce((sum, chunk) => sum + chunk.failedRetryable, 0);
  if (reopened === 0) return { batch, reopened };

  const reserving = await reservingFor(deps, all);
  const event = batchRetried(deps, batch, reopened);
  const reopening = await deps.batches.beginReopening(batch, deps.now(), event, reserving);
  if (reopening.done) return { batch: await reopenFailures(deps, reopening.item), reopened };
  const found = reopening.found ?? batch;
  if (isFinished(found.status)) return retryFailed(deps, id); // another retry has run since
  throw notRetryable(found);
}

/** What the retry reserves of the limits of the key. Only the payouts show which failures are re-opened, so it reads them. */
async function reservingFor(deps: PayoutDeps, chunks: readonly Chunk[]) {
  const principal = deps.principal();
  if (!limitsAmounts(principal)) return undefined;
  const failed = chunks.filter((chunk) => chunk.failedRetryable > 0);
  const read = (chunk: Chunk) => deps.chunks.readPayouts(chunk.batchId, chunk.number);
  const payouts = (await pMap(failed, read, { concurrency: PARALLEL_CHUNKS })).flat();
  const again = payouts.filter((payout) => reopen(payout, '') !== payout);
  requireWithinPayoutLimit(principal, again, (payout) => amountPath(payout, placeOf(payout.id).position - 1));
  const demand = demandOf(principal, sumByCurrency(again.map(({ money }) => money)), deps.now());
  return demand && { demand, paid: paidBy(chunks) };
}

/**
 * The rest of a retry-failed after `reopening` is stored: re-opens each chunk, then dispatches the batch. Recovery calls it
 * if the request died. Nothing is dispatched before all chunks are re-opened, so no chunk is re-opened twice.
 */
export async function reopenFailures(deps: PayoutDeps, batch: Batch): Promise<Batch> {
  const all = await deps.chunks.readAll(batch.id);
  const failed = all.filter((chunk) => chunk.failedRetryable > 0 && chunk.run < batch.run);
  await pMap(failed, (chunk) => reopenChunk(deps, chunk, batch.run), { concurrency: PARALLEL_CHUNKS });
  const reopened = all.filter((chunk) => chunk.failedRetryable > 0 || chunk.run === batch.run);
  const running = await deps.batches.endReopening(
    batch.id,
    batch.run,
    reopened.map((chunk) => chunk.number),
  );
  await dispatchOpenChunks(deps, running);
  return running;
}

async function reopenChunk(deps: PayoutDeps, chunk: Chunk, run: number): Promise<void> {
  const now = new Date(deps.now()).toISOString();
  const payouts = await deps.chunks.readPayouts(chunk.batchId, chunk.number);
  const changes = payouts.map((before) => ({ before, after: reopen(before, now) }));
  await deps.chunks.reopen(chunk, run, {
    changes: changes.filter(({ before, after }) => before !== after),
    totals: totalsOf(changes.map(({ after }) => after)),
    rounds: 0,
    dueAt: 0,
  });
}

function notRetryable({ status }: Batch): AppError {
  return new AppError('INVALID_STATE', {
    message: `A batch that is ${status} cannot be retried: only a finished batch can.`,
  });
}
