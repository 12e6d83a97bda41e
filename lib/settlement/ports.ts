import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Day } from '../kernel/day.ts';
import type { IdempotencyKey, KeyedRequest } from '../kernel/idempotency.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { MerchantId, Shard } from '../transactions/index.ts';
import type { Checkpoint, ChunkId } from './chunk.ts';
import type { Job, JobId, JobStatus } from './job.ts';
import type { Settlement } from './settlement.ts';

/** The sums of a job's checkpoints. */
export type Progress = { readonly chunks: number; readonly transactions: number };

/** Of the keys of jobs. */
export const KEY_SCOPE = 'settlement';

export interface JobStore {
  /** Stores a new job with its event. If the key is known it returns the job of the earlier request. */
  create(
    job: Job,
    keyed: KeyedRequest | undefined,
    now: number,
    event: DomainEvent,
  ): Promise<{ job: Job; replayed: boolean }>;
  read(id: JobId): Promise<Job | undefined>;
  /** The job that a request with this key has created. `now`: epoch milliseconds. Keys are kept for a limited time. */
  readByKey(key: IdempotencyKey, now: number): Promise<Job | undefined>;
  list(page: PageRequest): Promise<Page<Job>>;
  /** All jobs that are not finished. The list may lag behind the last writes. */
  listOpen(): Promise<JobId[]>;
  /**
   * Moves a job to another status.
   * @returns the job after the move, or the unchanged job if the move is not legal
   */
  move(id: JobId, to: JobStatus, change: JobChange): Promise<{ moved: boolean; job: Job }>;
  /** Reads the job, and whether this chunk has a checkpoint, in one request. */
  readState(id: JobId, chunk: ChunkId): Promise<{ job: Job; isSettled: boolean } | undefined>;
  /** In the order of the file. */
  checkpoints(id: JobId): Promise<Checkpoint[]>;
  progress(id: JobId): Promise<Progress>;
}

export type JobChange = Pick<Job, 'startedAt' | 'finishedAt' | 'outcome' | 'failure' | 'cancellation'> & {
  /** Stored in one transaction with the move. */
  readonly event: DomainEvent;
};

/** The partition of a day's settlements in a shard. */
export type Place = { readonly day: Day; readonly shard: Shard };

export interface SettlementStore {
  /**
   * Writes the settlements of a chunk, except those that a later job has replaced, and with the last of them the
   * checkpoint, unless there is one. Repeatable after a crash.
   */
  record(id: JobId, settlements: readonly Settlement[], checkpoint: Checkpoint): Promise<void>;
  /** A merchant's settlements of these days, in their order. */
  ofMerchant(merchantId: MerchantId, days: readonly Day[]): Promise<Settlement[]>;
  /** All settlements, by day, shard and merchant. */
  list(page: { places: readonly Place[]; limit: number; after?: MerchantId }): Promise<Settlement[]>;
}

/** The columns of a segment that a settlement needs. */
export type SegmentColumns = {
  readonly merchantId: MerchantId;
  readonly statuses: string;
  readonly amounts: string;
  readonly fees: string;
};

/** All segments of a day and shard, by merchant, one page at a time. */
export type ReadSegments = (day: Day, shard: Shard) => AsyncIterable<readonly SegmentColumns[]>;

/** Private objects, by key. */
export interface Files {
  put(key: string, content: string, type: string): Promise<void>;
  /** @throws Error if there is no such object */
  read(key: string): Promise<Buffer>;
  /** Streams content into an object. The object appears when all of it is stored. */
  write(key: string, content: AsyncIterable<Buffer>, type: string): Promise<void>;
  /** A link that allows a download without credentials, for a limited time, as a file called `name`. */
  link(key: string, name: string): Promise<string>;
  removeAll(prefix: string): Promise<void>;
}

/** The executions of the state machine. Each job has one, named after it. */
export interface Workflow {
  /** Starts the job's execution, unless it was started before. */
  start(id: JobId): Promise<void>;
  state(id: JobId): Promise<'missing' | 'running' | 'ended'>;
}

export type SettlementPolicy = {
  /** Chunks per round of the state machine; limits the size of its payloads. */
  readonly window: number;
};

export type SettlementDeps = EventDeps & {
  readonly jobs: JobStore;
  readonly settlements: SettlementStore;
  readonly segments: ReadSegments;
  readonly files: Files;
  readonly workflow: Workflow;
  readonly policy: SettlementPolicy;
  readonly newId: () => string;
};
