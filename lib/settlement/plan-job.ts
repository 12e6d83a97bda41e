import { type ChunkId, chunkId, chunksOf } from './chunk.ts';
import type { JobId, JobStatus } from './job.ts';
import { settlementMoved } from './job-events.ts';
import type { SettlementDeps } from './ports.ts';
import { existing } from './read-jobs.ts';

export type Plan = { readonly status: JobStatus; readonly chunks: readonly ChunkId[] };

/**
 * The next chunks without a checkpoint, at most a window of them. There are none once the file can be assembled. The first
 * plan of a job makes it `RUNNING`.
 */
export async function planJob(deps: SettlementDeps, id: JobId): Promise<Plan> {
  const event = settlementMoved(deps, 'settlement.started', id);
  const moved = await deps.jobs.move(id, 'RUNNING', { startedAt: event.time, event });
  const job = moved.moved ? moved.job : await existing(deps, id);
  if (job.status !== 'RUNNING') return { status: job.status, chunks: [] };
  const settled = new Set((await deps.jobs.checkpoints(id)).map(({ chunk }) => chunk));
  const left = chunksOf(job)
    .map(chunkId)
    .filter((chunk) => !settled.has(chunk));
  return { status: job.status, chunks: left.slice(0, deps.policy.window) };
}
