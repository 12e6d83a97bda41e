import { finishCancelling } from './cancel-job.ts';
import type { JobFailure, JobId, JobStatus } from './job.ts';
import { settlementFailed } from './job-events.ts';
import type { SettlementDeps } from './ports.ts';

/**
 * The last step of a state machine that cannot continue. A job that is CANCELLING becomes CANCELLED.
 * @returns the status of the job after it
 */
export async function failJob(deps: SettlementDeps, id: JobId, failure: JobFailure): Promise<JobStatus> {
  const event = settlementFailed(deps, id, failure);
  const { job } = await deps.jobs.move(id, 'FAILED', { finishedAt: event.time, failure, event });
  return job.status === 'CANCELLING' ? finishCancelling(deps, id) : job.status;
}
