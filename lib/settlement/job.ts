import type { Day } from '../kernel/day.ts';
import { generatedId } from '../kernel/id.ts';

/**
 * - `QUEUED`: stored; its state machine has not started.
 * - `RUNNING`: the state machine settles its chunks, then assembles the file.
 * - `CANCELLING`: the state machine reads no further page and removes the files.
 * - `COMPLETED`: the file is complete. `FAILED`: the job has no file. `CANCELLED`: a client cancelled it.
 */
export const JOB_STATUSES = ['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Every legal move; the store refuses all others. */
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
  /** The size of its chunks, as of its creation. */
  readonly shardsPerChunk: number;
  /** The `generated_at` of its settlements. A settlement replaces the settlements of earlier jobs. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly outcome?: Outcome;
  readonly failure?: JobFailure;
  readonly cancellation?: Cancellation;
};

export const FAILURES = ['STEP_FAILED', 'EXECUTION_ENDED'] as const;
/** The public reason why a job failed. */
export type JobFailure = { readonly code: (typeof FAILURES)[number]; readonly message: string };

/** When a client asked for it, and why. Clients need not give a reason. */
export type Cancellation = { readonly at: string; readonly reason?: string };

/** The files of a completed job. */
export type Outcome = {
  readonly file: string;
  readonly manifest: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Settlements: the lines of the file without its header. */
  readonly rows: number;
};

/** Whether the status is terminal. */
export function isFinished(status: JobStatus): boolean {
  return JOB_TRANSITIONS[status].length === 0;
}
