import { countDays, type Day } from '../kernel/day.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { shardsPerChunk } from './chunk.ts';
import { type Job, jobId } from './job.ts';
import { settlementRequested } from './job-events.ts';
import { KEY_SCOPE, type SettlementDeps } from './ports.ts';

export type JobRequest = { readonly from: Day; readonly to: Day };

/**
 * Stores a job, then starts its execution. If it dies in between, the next request with the same key or the recovery starts
 * the execution.
 * @throws AppError IDEMPOTENCY_MISMATCH the key was used for another range
 */
export async function createJob(
  deps: SettlementDeps,
  request: JobRequest,
  key: IdempotencyKey | undefined,
  keyLifeMs?: number,
): Promise<{ job: Job; replayed: boolean }> {
  const now = deps.now();
  const wanted: Job = {
    id: jobId(deps.newId()),
    status: 'QUEUED',
    ...request,
    shardsPerChunk: shardsPerChunk(countDays(request.from, request.to)),
    createdAt: new Date(now).toISOString(),
  };
  const keyed = key && { scope: KEY_SCOPE, key, request, lifeMs: keyLifeMs };
  const created = await deps.jobs.create(wanted, keyed, now, settlementRequested(deps, wanted));
  if (created.job.status === 'QUEUED') await deps.workflow.start(created.job.id);
  return created;
}
