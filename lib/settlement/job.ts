import type { Day } from '../kernel/day.ts';
import { generatedId } from '../kernel/id.ts';

/**
 * - `QUEUED`: accepted and stored; its state machine has not begun.
 * - `RUNNING`: chunks are settled, then the file is assembled.
 * - `CANCELLING`: no further page is read; what the job has written of its file is being taken away.
 * - `COMPLETED`: the file is there, whole. `FAILED`: it never will be. `CANCELLED`: nobody wants it any more.
 */
export const JOB_STATUSES = ['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Every legal move; the store refuses any other. */
export const JOB_TRANSITIONS = {
  QUEUED: ['RUNNING', 'CANCELLING', 'FAILED'],
  RUNNING: ['COMPLETED', 'FAILED', 'CANCELLING'],
  CANCELLING: ['CANCELLED'],
  COMPLETED: [],
  FAILED: [],
  CANCELLED: [],
} as const satisfies Record<JobStatus, readonly JobStatus[]>;

export type JobId = string & { readonly __brand: 'JobId' };
export const { parse: parseJobId, from: jobId, pattern: JOB_ID } = generatedId<JobId>('job');

/** Settles every merchant for every day of the range, both ends included. */
export type Job = {
  readonly id: JobId;
  readonly status: JobStatus;
  readonly from: Day;
  readonly to: Day;
  /** How its days were cut into chunks when it was made. */
  readonly shardsPerChunk: number;
  /** Stands in every row of the file as `generated_at`: of two jobs, the later one's settlements prevail. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly outcome?: Outcome;
  readonly failure?: JobFailure;
};

/** The public reason why a job failed. */
export type JobFailure = { readonly code: 'STEP_FAILED' | 'EXECUTION_ENDED'; readonly message: string };

/** What a completed job made. */
export type Outcome = {
  readonly file: string;
  readonly manifest: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Settlements, which are the lines of the file without its header. */
  readonly rows: number;
};

/** Nothing happens to it any more. */
export function isFinished(status: JobStatus): boolean {
  return JOB_TRANSITIONS[status].length === 0;
}
