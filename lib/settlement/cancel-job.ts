import { AppError } from '../kernel/errors.ts';
import { isFinished, type Job, type JobId } from './job.ts';
import type { SettlementDeps } from './ports.ts';
import { existing } from './read-jobs.ts';
import { filesOf } from './settle-chunk.ts';

/**
 * Asks for the end of a job; asking again changes nothing. Its state machine sees it before the next page that it would
 * read, and takes the files away.
 * @throws AppError NOT_FOUND; INVALID_STATE if it is finished
 */
export async function cancelJob(deps: SettlementDeps, id: JobId): Promise<Job> {
  await existing(deps, id);
  const { job } = await deps.jobs.move(id, 'CANCELLING', {});
  if (isFinished(job.status)) {
    throw new AppError('INVALID_STATE', { message: `The job is ${job.status}: there is nothing left to cancel.` });
  }
  return job;
}

/** The last step of a cancelled job: nothing of its file stays. What it settled by then does, each sum right by itself. */
export async function finishCancelling(deps: SettlementDeps, id: JobId): Promise<void> {
  await deps.files.removeAll(filesOf(id));
  await deps.jobs.move(id, 'CANCELLED', { finishedAt: new Date(deps.now()).toISOString() });
}
