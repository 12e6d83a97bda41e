import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Day } from '../kernel/day.ts';
import type { KeyedRequest } from '../kernel/idempotency.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { MerchantId, Shard } from '../transactions/index.ts';
import type { Checkpoint, ChunkId } from './chunk.ts';
import type { Job, JobFailure, JobId, JobStatus, Outcome } from './job.ts';
import type { Settlement } from './settlement.ts';

/** How far a job is: of what its chunks have recorded. */
export type Progress = { readonly chunks: number; readonly transactions: number };

export interface JobStore {
  /** Stores a new job, unless its request's key is known: then answers with the job that the key stands for. */
  create(job: Job, keyed: KeyedRequest | undefined, now: number): Promise<{ job: Job; replayed: boolean }>;
  read(id: JobId): Promise<Job | undefined>;
  list(page: PageRequest): Promise<Page<Job>>;
  /** All that are not finished; may lag behind the last writes. */
  listOpen(): Promise<JobId[]>;
  /**
   * Makes a legal move from one of the states that allow it.
   * @returns the job after it, or as it is if none of them does
   */
  move(id: JobId, to: JobStatus, change: JobChange): Promise<{ moved: boolean; job: Job }>;
  /** The job, and whether this chunk of it is recorded, in one request. */
  readState(id: JobId, chunk: ChunkId): Promise<{ job: Job; isSettled: boolean } | undefined>;
  /** In the order of the file. */
  checkpoints(id: JobId): Promise<Checkpoint[]>;
  progress(id: JobId): Promise<Progress>;
}

export type JobChange = {
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly outcome?: Outcome;
  readonly failure?: JobFailure;
  /** Stored if and only if the move is made. */
  readonly event?: DomainEvent;
};

/** Where the settlements of a shard's merchants lie, day by day. */
export type Place = { readonly day: Day; readonly shard: Shard };

export interface SettlementStore {
  /**
   * Writes the settlements of a chunk, each unless a later job's is there, and with the last of them the checkpoint,
   * unless there is one. Whoever dies in it may do it again.
   */
  record(id: JobId, settlements: readonly Settlement[], checkpoint: Checkpoint): Promise<void>;
  /** A merchant's settlements of these days, in their order. */
  ofMerchant(merchantId: MerchantId, days: readonly Day[]): Promise<Settlement[]>;
  /** Everybody's, by day, shard and merchant. */
  list(page: { places: readonly Place[]; limit: number; after?: MerchantId }): Promise<Settlement[]>;
}

/** What settling needs of a segment. */
export type SegmentColumns = {
  readonly merchantId: MerchantId;
  readonly statuses: string;
  readonly amounts: string;
  readonly fees: string;
};

/** All segments of a day and shard, by merchant, one page at a time. */
export type ReadSegments = (day: Day, shard: Shard) => AsyncIterable<readonly SegmentColumns[]>;

/** Objects by key, in one private place. */
export interface Files {
  put(key: string, content: string, type: string): Promise<void>;
  /** @throws Error if there is no such object */
  read(key: string): Promise<Buffer>;
  /** Stores what is streamed; memory does not grow with it. Nothing is there unless it came to its end. */
  write(key: string, content: AsyncIterable<Buffer>, type: string): Promise<void>;
  /** A link that works for a while without credentials, under which the object is saved as `name`. */
  link(key: string, name: string): Promise<string>;
  removeAll(prefix: string): Promise<void>;
}

/** The state machine's executions, one for each job, named after it. */
export interface Workflow {
  /** Begins the job's execution if it never began. */
  start(id: JobId): Promise<void>;
  state(id: JobId): Promise<'missing' | 'running' | 'ended'>;
}

export type SettlementPolicy = {
  /** Chunks that one round of the state machine settles: keeps its payloads small. */
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
