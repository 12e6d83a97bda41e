import { AppError } from '../kernel/errors.ts';
import { isFinished, type Job, type JobId, type JobStatus } from './job.ts';
import { cancelRequested, settlementMoved } from './job-events.ts';
import type { SettlementDeps } from './ports.ts';
import { existing } from './read-jobs.ts';
import { filesOf } from './settle-chunk.ts';

/**
 * Cancels a job. Its state machine stops before it reads the next page, and removes the files. Repeatable.
 * @throws AppError NOT_FOUND; INVALID_STATE if it is finished
 */
export async function cancelJob(deps: SettlementDeps, id: JobId, reason?: string): Promise<Job> {
  await existing(deps, id);
  const event = cancelRequested(deps, id, reason);
  const cancellation = { at: event.time, ...(reason === undefined ? {} : { reason }) };
  const { moved, job } = await deps.jobs.move(id, 'CANCELLING', { cancellation, event });
  // A job that this request cancels may be CANCELLED when it is read again.
  if (!moved && isFinished(job.status)) {
    throw new AppError('INVALID_STATE', { message: `The job is ${job.status}: there is nothing left to cancel.` });
  }
  return job;
}

/**
 * The last step of a cancelled job: removes its files. The settlements that it has written stay; each is correct by itself.
 * @returns the status of the job after it
 */
export async function finishCancelling(deps: SettlementDeps, id: JobId): Promise<JobStatus> {
  await deps.files.removeAll(filesOf(id));
  const event = settlementMoved(deps, 'settlement.cancelled', id);
  return (await deps.jobs.move(id, 'CANCELLED', { finishedAt: event.time, event })).job.status;
}
