import type { Approval } from '../../access/index.ts';
import { orNotFound } from '../../kernel/errors.ts';
import type { Explanation } from '../../kernel/explanation.ts';
import type { Batch } from '../batch.ts';
import { type BatchId, parsePayoutId } from '../ids.ts';
import type { PayoutDeps } from '../ports.ts';
import { explainBatch } from './batch.ts';
import { explainPayout } from './payout.ts';

/** @throws AppError NOT_FOUND */
export async function readPayoutExplanation(deps: PayoutDeps, id: string): Promise<Explanation> {
  const place = parsePayoutId(id);
  const found = orNotFound(place && (await deps.chunks.readPayout(place)), 'There is no such payout.');
  const batch = orNotFound(await deps.batches.read(found.chunk.batchId), 'There is no such payout.');
  const facts = { ...found, batch, approval: await approvalOf(deps, batch), policy: deps.policy };
  return explainPayout(facts, deps.now());
}

/** @throws AppError NOT_FOUND */
export async function readBatchExplanation(deps: PayoutDeps, id: BatchId): Promise<Explanation> {
  const found = orNotFound(await deps.batches.readWithChunks(id), `There is no batch ${id}.`);
  return explainBatch({ ...found, approval: await approvalOf(deps, found.batch), policy: deps.policy }, deps.now());
}

/** The approval that a batch waits for. */
async function approvalOf({ approvals }: PayoutDeps, { status, approval }: Batch): Promise<Approval | undefined> {
  return status === 'awaiting_approval' && approval ? approvals.read(approval.id) : undefined;
}
