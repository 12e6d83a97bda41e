import { orNotFound } from '../../kernel/errors.ts';
import type { Timeline } from '../../kernel/timeline.ts';
import { type PastDeps, readPast } from '../../webhooks/index.ts';
import { parsePayoutId } from '../ids.ts';
import type { PayoutDeps } from '../ports.ts';
import { concerns, payoutTimeline } from './timeline.ts';

/** @throws AppError NOT_FOUND */
export async function readPayoutTimeline(deps: PayoutDeps, pastDeps: PastDeps, id: string): Promise<Timeline> {
  const place = parsePayoutId(id);
  const { payout, chunk } = orNotFound(place && (await deps.chunks.readPayout(place)), 'There is no such payout.');
  const batch = orNotFound(await deps.batches.read(chunk.batchId), 'There is no such payout.');
  const past = await readPast(pastDeps, batch, (event) => concerns(payout, chunk, event));
  return payoutTimeline({ ...past, payout, chunk, policy: deps.policy });
}
