import { AppError, orNotFound } from '../kernel/errors.ts';
import { isUnderWay } from './batch.ts';
import { lookUpRequested } from './batch-events.ts';
import { type Chunk, messageOf } from './chunk.ts';
import { parsePayoutId } from './ids.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import type { ShownPayout } from './read-batches.ts';

/**
 * Brings the next look-up of a payout forward whose outcome is unknown, with the round of its chunk: to now, or to the
 * moment from which its last call cannot arrive any more. The message that waits for the old time finds a later round then.
 * If it dies before it sends the new message, the old one or recovery continues.
 * @returns the payout, and when a worker may take it; `now` if one has it
 * @throws AppError NOT_FOUND; INVALID_STATE its outcome is known, or no worker takes it
 */
export async function lookUpPayout(deps: PayoutDeps, id: string): Promise<ShownPayout & { readonly dueAt: number }> {
  const place = parsePayoutId(id);
  for (;;) {
    const { payout, chunk } = orNotFound(place && (await deps.chunks.readPayout(place)), 'There is no such payout.');
    const batch = orNotFound(await deps.readState(chunk.batchId), `There is no batch ${chunk.batchId}.`);
    if (payout.status !== 'unknown')
      throw invalidState(`A payout that is ${payout.status} is not looked up: only an unknown outcome is.`);
    if (!isUnderWay(batch.status))
      throw invalidState(`Its batch is ${batch.status}: nothing is looked up until start.`);
    if (chunk.deadLetter) throw invalidState('Its chunk is a dead letter: redrive the batch.');

    const now = deps.now();
    const shown = { payout, status: payout.status } as const;
    if (chunk.lease) return { ...shown, dueAt: now };
    const dueAt = Math.max(now, await arrivedBy(deps, chunk));
    if (chunk.dueAt <= dueAt) return { ...shown, dueAt: chunk.dueAt };
    if (!(await deps.chunks.bringForward(chunk, dueAt, lookUpRequested(deps, payout, chunk)))) continue;
    await deps.queue.send([messageOf(chunk, batch.run)], dueAt - now);
    return { ...shown, dueAt };
  }
}

/** From when on no call of an unknown payout of the chunk can arrive any more; epoch milliseconds. */
async function arrivedBy({ chunks, policy }: PayoutDeps, { batchId, number }: Chunk): Promise<number> {
  const called = (payout: Payout) => (payout.status === 'unknown' ? Date.parse(payout.updatedAt) : 0);
  return Math.max(...(await chunks.readPayouts(batchId, number)).map(called)) + policy.lateCallMs;
}

function invalidState(message: string): AppError {
  return new AppError('INVALID_STATE', { message });
}
