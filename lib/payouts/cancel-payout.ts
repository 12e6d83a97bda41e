import { AppError, orNotFound } from '../kernel/errors.ts';
import { epochApplies } from '../rail/index.ts';
import { type BatchState, isCancellable } from './batch.ts';
import { payoutCancelRequested, payoutsEnded } from './batch-events.ts';
import { isOpen, shownStatus, totalsOf } from './chunk.ts';
import type { ChunkWithPayout } from './chunk-store.ts';
import { closeChunk } from './complete-batch.ts';
import { parsePayoutId } from './ids.ts';
import { cancelled, isTerminal, isUnsent } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import type { ShownPayout } from './read-batches.ts';

/**
 * Cancels one payout. If no worker holds its chunk, no call of it has an unknown outcome, and no epoch applies to it, it is
 * cancelled with the answer. Otherwise the request is stored with it: no worker sends it after that, the rail decides about a call that is out,
 * and it is cancelled if that call never arrived. Repeatable: the first request has the effect.
 * @throws AppError NOT_FOUND; INVALID_STATE it has ended, or its batch cannot be cancelled
 */
export async function cancelPayout(deps: PayoutDeps, id: string, reason: string): Promise<ShownPayout> {
  const place = parsePayoutId(id);
  for (;;) {
    const found = orNotFound(place && (await deps.chunks.readPayout(place)), 'There is no such payout.');
    const { payout, chunk } = found;
    const isEnded = isTerminal(payout);
    const batch = orNotFound(await deps.readState(chunk.batchId), `There is no batch ${chunk.batchId}.`);
    const isAtOnce = !isEnded && !chunk.lease && isUnsent(payout) && !(await epochApplies(deps, batch));
    if (payout.status === 'cancelled' || (payout.cancellation && !isAtOnce)) {
      return { payout, status: shownStatus(payout, chunk) };
    }
    if (isEnded) throw invalidState(`A payout that is ${payout.status} cannot be cancelled.`);
    requireCancellable(batch);
    await (isAtOnce ? cancelAtOnce : requestCancel)(deps, found, reason);
  }
}

function requireCancellable({ status }: BatchState): void {
  if (isCancellable(status) || status === 'cancelling') return;
  throw invalidState(`A payout of a batch that is ${status} cannot be cancelled.`);
}

/**
 * Has no effect if the chunk has changed since it was read. The payout is read again: a read of two items is not a snapshot, so
 * the payout may be older than the chunk.
 */
async function cancelAtOnce(deps: PayoutDeps, { payout, chunk }: ChunkWithPayout, reason: string): Promise<void> {
  const at = new Date(deps.now()).toISOString();
  const payouts = await deps.chunks.readPayouts(chunk.batchId, chunk.number);
  const before = payouts.find(({ id }) => id === payout.id);
  if (!before || !isUnsent(before)) return;
  const { cancellation = { reason, at } } = before;
  const after = cancelled(before, cancellation, at);
  const totals = totalsOf(payouts.map((each) => (each === before ? after : each)));
  const isDone = await deps.chunks.commitUnleased(chunk, {
    changes: [{ before, after }],
    totals,
    rounds: chunk.rounds,
    dueAt: chunk.dueAt,
    events: [
      ...(before.cancellation ? [] : [payoutCancelRequested(deps, before, reason)]),
      ...payoutsEnded(deps, chunk.run, [after]),
    ],
  });
  if (isDone && !isOpen({ ...chunk, ...totals })) await closeChunk(deps, chunk.batchId, chunk.number);
}

async function requestCancel(deps: PayoutDeps, { payout }: ChunkWithPayout, reason: string): Promise<void> {
  const cancellation = { reason, at: new Date(deps.now()).toISOString() };
  await deps.chunks.requestCancel(payout.id, cancellation, payoutCancelRequested(deps, payout, reason));
}

function invalidState(message: string): AppError {
  return new AppError('INVALID_STATE', { message });
}
