import { AppError, orNotFound } from '../kernel/errors.ts';
import type { PageRequest } from '../kernel/page.ts';
import { chunksOf } from './chunk.ts';
import { type Job, type JobId, parseJobId } from './job.ts';
import type { Progress, SettlementDeps } from './ports.ts';

/** The job that a path names. @throws AppError NOT_FOUND if no job can have this id */
export function jobIdOf(text: string): JobId {
  return orNotFound(parseJobId(text), 'There is no such job.');
}

/** @throws AppError NOT_FOUND */
export async function existing(deps: SettlementDeps, id: JobId): Promise<Job> {
  return orNotFound(await deps.jobs.read(id), 'There is no such job.');
}

export type JobWithProgress = { readonly job: Job; readonly total: number; readonly progress: Progress };

/** The checkpoints are counted after the status was read, so progress never decreases. @throws AppError NOT_FOUND */
export async function readJob(deps: SettlementDeps, id: JobId): Promise<JobWithProgress> {
  const job = await existing(deps, id);
  return { job, total: chunksOf(job).length, progress: await deps.jobs.progress(id) };
}

/** The name of a file of a job. */
export const JOB_FILE = /^(job_[0-9a-f]{32})\.(csv|manifest\.json)$/;
const FILES = { csv: 'file', 'manifest.json': 'manifest' } as const;

/**
 * A link to one of the files of a completed job.
 * @param name `<job>.csv` or `<job>.manifest.json`
 * @throws AppError NOT_FOUND before it is completed
 */
export async function linkToFile(deps: SettlementDeps, name: string): Promise<string> {
  const [, text = '', suffix = ''] = JOB_FILE.exec(name) ?? [];
  const id = jobIdOf(text);
  const { status, from, to, outcome } = await existing(deps, id);
  if (status !== 'COMPLETED' || !outcome) {
    throw new AppError('NOT_FOUND', { message: `The job is ${status}: it has no file.` });
  }
  return deps.files.link(outcome[FILES[suffix as keyof typeof FILES]], `settlement-${from}-${to}-${id}.${suffix}`);
}

/** Jobs, newest first. @throws AppError VALIDATION_ERROR if no answer had this cursor */
export function listJobs({ jobs }: SettlementDeps, page: PageRequest) {
  return jobs.list(page);
}
