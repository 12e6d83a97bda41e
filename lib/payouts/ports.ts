import type { ApprovalWrite, Demand, GateDeps, LimitStore } from '../access/index.ts';
import type { HmacOf } from '../crypto/index.ts';
import type { DomainEvent } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Lease, Rail } from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { Batch, BatchState, FinishedStatus, Released, Scheduled, Startable } from './batch.ts';
import type { Chunk, ChunkTotals, Sums } from './chunk.ts';
import type { Claim, ClaimKey, Duplicate, Holder } from './claim.ts';
import type { BatchId, PayoutId, PayoutPlace } from './ids.ts';
import type { Misfit, Notification, NotificationStatus } from './notification.ts';
import type { Cancellation, Payout, SearchedStatus } from './payout.ts';
import type { RejectedRow } from './rejected-row.ts';

/** The item after a conditional write, or the item that refused the condition. */
export type Written<Item> =
  | { readonly done: true; readonly item: Item }
  | { readonly done: false; readonly found?: Item };

export interface BatchStore {
  /**
   * Stores the header of a new batch unless its id is taken, and reserves what it demands.
   * @throws AppError LIMIT_EXCEEDED the id is free, and nothing was written
   */
  insert(batch: Batch, demand?: Demand): Promise<Written<Batch>>;
  /** Lets a repeated request continue the creation, if `expected` is still the stored deadline of the last creator. */
  adoptCreation(id: BatchId, expected: number, creatorUntil: number): Promise<boolean>;
  /**
   * Stores each chunk with all of its payouts, their claims and its duplicates, or not at all. It skips chunks that are stored
   * already.
   * @returns the chunks that are not stored, because another payout was first to claim a key
   */
  insertChunks(chunks: readonly NewChunk[]): Promise<readonly NewChunk[]>;
  read(id: BatchId): Promise<Batch | undefined>;
  /** In one request, so not of one moment: chunks may be newer than the batch, or older. */
  readWithChunks(id: BatchId): Promise<{ batch: Batch; chunks: Chunk[] } | undefined>;
  list(page: PageRequest): Promise<Page<Batch>>;
  /** All batches that may need recovery. The list may lag behind the last writes. */
  listOpen(): Promise<BatchId[]>;
  /** Those whose time to start has come at `now`. The list may lag behind the last writes. */
  listDue(now: number): Promise<BatchId[]>;
  /**
   * `creating -> created`, or `-> scheduled` if it has a time, unless it needs an approval, with the totals of what was stored.
   * Events are stored in the same transaction, here and below.
   */
  markCreated(stored: Batch, now: number, events: readonly DomainEvent[]): Promise<Written<Batch>>;
  /** `creating -> held`, only of an upload. */
  markHeld(stored: Batch, event: DomainEvent): Promise<Written<Batch>>;
  /** `held -> created`, once its upload is whole and approved. */
  release(id: BatchId): Promise<Written<Batch>>;
  /** `creating | held -> rejected`, of an upload that failed or was rejected. Gives back what it releases. */
  drop(id: BatchId, now: number, released?: Released): Promise<Written<Batch>>;
  /** Up to 100. Those that do not exist are missing. In no order. */
  readMany(ids: readonly BatchId[]): Promise<Batch[]>;
  /** `creating -> awaiting_approval`, together with the approval. @returns false if it is no longer `creating` */
  markAwaiting(stored: Batch, asked: ApprovalWrite, event: DomainEvent): Promise<boolean>;
  /** `creating -> discarding`, if `creatorUntil` is still that of the last creator. Gives back what was reserved. */
  beginDiscarding(batch: Batch): Promise<boolean>;
  /** Deletes a batch that is `discarding` and has no chunk left. */
  remove(id: BatchId): Promise<void>;
  /** `awaiting_approval -> created`, or `-> scheduled`, together with the decision, if its content is still that of `batch`. */
  approve(batch: Batch, now: number, decision: ApprovalWrite, events: readonly DomainEvent[]): Promise<boolean>;
  /** `awaiting_approval -> rejected`, together with the decision. Gives back what it releases. */
  reject(batch: Batch, now: number, decision: ApprovalWrite, event: DomainEvent, released?: Released): Promise<boolean>;
  /** Changes the time of a scheduled batch, if nothing has changed it since `before`. */
  reschedule(before: Scheduled, startAt: string, event: DomainEvent): Promise<Written<Batch>>;
  /**
   * `created | scheduled | stopping | stopped -> in_progress`, if status, run and time are still those of `before`; increments
   * the run.
   */
  start(before: Batch & { readonly status: Startable }, now: number, event: DomainEvent): Promise<Written<Batch>>;
  /**
   * `partially_completed | failed -> in_progress` on the same condition, with `reopening` set; increments the run, and
   * reserves what it demands. `paid`: by the runs so far.
   * @throws AppError LIMIT_EXCEEDED nothing was written
   */
  beginReopening(
    before: Pick<Batch, 'id' | 'status' | 'run'>,
    now: number,
    event: DomainEvent,
    reserving?: { readonly demand: Demand; readonly paid: Sums },
  ): Promise<Written<Batch>>;
  /** Clears `reopening` and removes the re-opened chunks from `chunksDone`. */
  endReopening(id: BatchId, run: number, reopened: readonly number[]): Promise<Batch>;
  /** `in_progress -> stopping`, only in the same run. */
  stop(before: Batch, event: DomainEvent): Promise<Written<Batch>>;
  /** `stopping -> stopped`, only in the same run. */
  markStopped(id: BatchId, run: number, event: DomainEvent): Promise<Written<Batch>>;
  /**
   * Any state that it may leave `-> cancelling`, only from the status and run of `before`; increments the run. From
   * `awaiting_approval` together with the end of the approval.
   * @returns false if a condition did not hold: nothing was written
   */
  cancel(before: Batch, cancelling: Cancelling): Promise<boolean>;
  /**
   * `in_progress | cancelling -> completed | partially_completed | failed | cancelled`, only from the status and run of
   * `batch`. Gives back what it releases.
   */
  finish(
    batch: Pick<Batch, 'id' | 'run' | 'status' | 'finalCounts'>,
    status: FinishedStatus,
    now: number,
    event: DomainEvent,
    released?: Released,
  ): Promise<Written<Batch>>;
  /** Repeatable. @returns the batch after it */
  markChunkDone(id: BatchId, chunk: number): Promise<Batch>;
}

/** A chunk to store. `duplicates`: of its part of the request. */
export type NewChunk = {
  readonly chunk: Chunk;
  readonly payouts: readonly Payout[];
  readonly claims?: readonly ClaimWrite[];
  readonly duplicates?: readonly Duplicate[];
};

/** A claim, and what was stored under its key when it was decided; undefined: nothing. */
export type ClaimWrite = { readonly claim: Claim; readonly seen: Claim | undefined };

export interface ClaimStore {
  /** Those that exist, in no order. */
  read(keys: readonly ClaimKey[]): Promise<Claim[]>;
  /** What is stored of the payout that has a key, read after the call began; in the same order. */
  holders(claims: readonly { readonly holder: PayoutId }[]): Promise<Holder[]>;
  /** @returns false if a key is no longer as it was seen: then some are not stored */
  take(claims: readonly ClaimWrite[]): Promise<boolean>;
  /** Deletes those that are as they were read. */
  release(claims: readonly Claim[]): Promise<void>;
}

export type Cancelling = {
  readonly cancellation: Cancellation;
  readonly now: number;
  readonly event: DomainEvent;
  readonly approval?: ApprovalWrite | undefined;
};

/** Invalid entries of requests. */
export interface RejectedStore {
  /**
   * Repeatable with the same rows.
   * @throws AppError REQUEST_IN_PROGRESS another request continues the creation
   */
  insert(creating: Pick<Batch, 'id' | 'creatorUntil'>, rows: readonly RejectedRow[]): Promise<void>;
  /** In the order of the request. */
  read(id: BatchId): Promise<RejectedRow[]>;
  /** Of a batch that is `discarding`. */
  remove(id: BatchId): Promise<void>;
}

/** Payouts of all batches by their status. */
export interface PayoutIndex {
  /**
   * Those whose last change is the longest ago are first. A page has none that changes while it is read, so it may be short,
   * even empty, and not be the last one. A change of the last moment may be missing.
   * @throws AppError VALIDATION_ERROR no page of this status had the cursor
   */
  list(status: SearchedStatus, page: PageRequest): Promise<Page<Payout>>;
}

export type LeaseAnswer =
  | { readonly kind: 'leased'; readonly lease: HeldLease }
  | { readonly kind: 'held' | 'not_due'; readonly until: number; readonly round: number }
  | { readonly kind: 'done' | 'missing' | 'superseded' };

export type HeldLease = {
  readonly chunk: Chunk;
  readonly lease: Lease;
  /** The lease before this one ended without a recorded outcome: its payouts may have been sent. */
  readonly previousLeaseAbandoned: boolean;
};

export interface ChunkStore {
  readAll(id: BatchId): Promise<Chunk[]>;
  readPayouts(id: BatchId, chunk: number): Promise<Payout[]>;
  /** One payout with its chunk, in one request. */
  readPayout(place: PayoutPlace): Promise<ChunkWithPayout | undefined>;
  /** Takes the chunk unless it is done, leased, not due yet, or in a later run or round than the message. */
  lease(request: ChunkMessage & { lease: Lease; now: number }): Promise<LeaseAnswer>;
  /** Records that recovery sent the message of a round again, if the chunk is still in that round and under that lease. */
  markResent(chunk: Chunk, now: number): Promise<void>;
  /**
   * Writes under a lease: all changed payouts, the counters and, unless it is kept, the end of the lease, in one
   * transaction.
   * @returns false if the lease is no longer the writer's: then nothing was written
   */
  commitOutcomes(held: HeldLease, outcome: ChunkOutcome & { keepLease: boolean }): Promise<boolean>;
  /**
   * Stores outcomes of payouts of a chunk that no worker holds, in one transaction.
   * @returns false if the chunk was leased or has changed since it was read: then nothing was written
   */
  commitUnleased(chunk: Chunk, outcome: ChunkOutcome): Promise<boolean>;
  /**
   * Stores the request to cancel a payout, and counts it on the header, in one transaction with its event.
   * @returns false if the payout has ended, or has such a request: then nothing was written
   */
  requestCancel(id: PayoutId, cancellation: Cancellation, event: DomainEvent): Promise<boolean>;
  /**
   * Re-opens payouts of a finished chunk together with their claims, in one transaction, once per run.
   * @returns `claimed`: another payout was first to claim a key; `fenced`: it was re-opened in this run before
   */
  reopen(
    chunk: Chunk,
    run: number,
    outcome: ChunkOutcome,
    claims?: readonly ClaimWrite[],
  ): Promise<'done' | 'fenced' | 'claimed'>;
  /** The payouts of the request that the chunk lacks. */
  readDuplicates(id: BatchId, chunk: number): Promise<readonly Duplicate[]>;
  /** Deletes a chunk of a batch that is `discarding`, its payouts first. */
  remove(id: BatchId, chunk: number): Promise<void>;
  /** Does nothing if the chunk is done, or has the dead letter of this message. The event is stored in the same transaction. */
  recordDeadLetter(id: BatchId, chunk: number, deadLetter: DeadLetter, event: DomainEvent): Promise<void>;
  /** Does nothing if the chunk has another dead letter, or none. The event is stored in the same transaction. */
  clearDeadLetter(id: BatchId, chunk: number, deadLetter: DeadLetter, event: DomainEvent): Promise<void>;
}

export type ChunkWithPayout = { readonly payout: Payout; readonly chunk: Chunk };

export interface NotificationStore {
  /** Durable when it resolves. @returns the stored one, if its id is taken */
  insert(notification: Notification): Promise<Notification>;
  read(id: string): Promise<Notification | undefined>;
  /** Newest first. The list may lag behind the last writes. */
  list(status: NotificationStatus, page: PageRequest): Promise<Page<Notification>>;
  /**
   * `waiting -> applied`: its payout and the counters of the chunk change in the same transaction, in which the events are
   * stored.
   * @returns false if the chunk has a lease, or its counters have changed: nothing was written
   */
  apply(
    notification: Notification,
    change: { readonly before: Payout; readonly after: Payout; readonly chunk: Chunk },
    events: readonly DomainEvent[],
  ): Promise<boolean>;
  /** `waiting -> applied`, if the payout was returned before. Repeatable. */
  markApplied(notification: Notification): Promise<void>;
  /** `waiting -> dead_letter`. Does nothing if it no longer waits. The event is stored in the same transaction, here and below. */
  bury(notification: Notification, misfit: Misfit, event: DomainEvent): Promise<void>;
  /** `dead_letter -> waiting`. Does nothing if another request has redriven it. */
  redrive(notification: Notification, now: number, event: DomainEvent): Promise<void>;
}

export type ChunkOutcome = {
  readonly changes: readonly { readonly before: Payout; readonly after: Payout }[];
  readonly totals: ChunkTotals;
  readonly rounds: number;
  readonly dueAt: number;
  /** Stored in the same transaction, only if payouts change. */
  readonly events?: readonly DomainEvent[];
};

/** The work of one round of a chunk, under one run. */
export type ChunkMessage = {
  readonly batchId: BatchId;
  readonly chunk: number;
  readonly run: number;
  /** The chunk's `rounds` when the message was sent. Messages of earlier versions have none and fit every round. */
  readonly round?: number | undefined;
};

export interface ChunkQueue {
  /** Durable when it resolves. Delays are rounded up to whole seconds and capped at what SQS allows (15 minutes). */
  send(messages: readonly ChunkMessage[], delayMs?: number): Promise<void>;
  /** Whether no message waits for a worker. The answer may be some seconds old. */
  isIdle(): Promise<boolean>;
}

/** Read after the call began. */
export type ReadBatchState = (id: BatchId) => Promise<BatchState | undefined>;

export type PayoutPolicy = {
  /** Payouts per chunk, at most 50 (a transaction holds 100 items). */
  readonly chunkSize: number;
  readonly maxAttempts: number;
  readonly leaseMs: number;
  /** A call that timed out may still reach the bank for this long, by any process's clock. */
  readonly lateCallMs: number;
  readonly creationLeaseMs: number;
  /** How long a chunk may be due before recovery considers its message lost. */
  readonly lostAfterMs: number;
  readonly backoff: Backoff;
  /** What the rail signs its notifications with. None: every notification is refused. */
  readonly notificationSecrets: readonly string[];
  /** Completed payouts of so many days are looked up, in case the rail gave money back. 0: none. */
  readonly returnSweepDays: number;
  /** A worker waits up to this long under its lease; for a longer wait the chunk goes back to the queue. */
  readonly maxWaitMs: number;
};

export type PayoutDeps = GateDeps & {
  readonly batches: BatchStore;
  readonly chunks: ChunkStore;
  readonly claims: ClaimStore;
  readonly limits: LimitStore;
  readonly notifications: NotificationStore;
  readonly rejected: RejectedStore;
  readonly index: PayoutIndex;
  readonly hmac: () => Promise<HmacOf>;
  readonly queue: ChunkQueue;
  readonly bank: Rail;
  readonly readState: ReadBatchState;
  readonly policy: PayoutPolicy;
  readonly sleep: (ms: number) => Promise<void>;
  readonly newId: () => string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
};
