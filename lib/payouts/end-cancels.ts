import pMap from 'p-map';
import type { Batch } from './batch.ts';
import { type Chunk, isOpen, messageOf } from './chunk.ts';
import { workUnderLease } from './pay-chunk.ts';
import { isTerminal } from './payout.ts';
import type { PayoutDeps } from './ports.ts';

const PARALLEL_CHUNKS = 8;

/**
 * Ends the payouts of a stopped batch that were cancelled while a worker had their chunk, or while their outcome was unknown.
 * It looks up what may have been sent. It sends nothing, because the batch is not in progress. Repeatable; the next run ends
 * the payouts that are left at `until`.
 */
export async function endCancels(deps: PayoutDeps, batch: Batch, until: number): Promise<void> {
  const open = (await deps.chunks.readAll(batch.id)).filter((chunk) => isOpen(chunk) && !chunk.deadLetter);
  const ended = await pMap(open, async (chunk) => deps.now() < until && endCancelsIn(deps, batch, chunk), {
    concurrency: PARALLEL_CHUNKS,
  });
  if (ended.every(Boolean)) await deps.batches.markCancelsEnded(batch);
}

/** @returns whether there was nothing to end */
async function endCancelsIn(deps: PayoutDeps, batch: Batch, chunk: Chunk): Promise<boolean> {
  const payouts = await deps.chunks.readPayouts(batch.id, chunk.number);
  if (!payouts.some((payout) => payout.cancellation && !isTerminal(payout))) return true;
  const now = deps.now();
  const message = messageOf(chunk, batch.run);
  const lease = { owner: deps.newId(), until: now + deps.policy.leaseMs };
  const answer = await deps.chunks.lease({ ...message, lease, now });
  if (answer.kind === 'leased') await workUnderLease(deps, { message, batch, held: answer.lease });
  return false;
}
