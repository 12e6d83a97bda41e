import type { ApprovalWrite, Demand } from '../access/index.ts';
import type { DomainEvent } from '../events/index.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Batch, BatchState, BatchStatus, FinishedStatus, Released, Scheduled, Startable } from './batch.ts';
import type { Chunk, Sums } from './chunk.ts';
import type { Duplicate } from './claim.ts';
import type { ClaimWrite } from './claim-store.ts';
import type { BatchId } from './ids.ts';
import type { Cancellation, Payout } from './payout.ts';

/** The item after a conditional write, or the item that refused the condition. */
export type Written<Item> =
  | { readonly done: true; readonly item: Item }
  | { readonly done: false; readonly found?: Item };

/** With a `status`: only batches with it. Such a page may be short, even empty, and not be the last one. */
export type BatchPage = PageRequest & { readonly status?: BatchStatus | undefined };

/** `codes`: of the failures that are re-opened; undefined for all. `paid`: by the runs so far. */
export type Reopening = {
  readonly event: DomainEvent;
  readonly codes?: ReadonlySet<string> | undefined;
  readonly reserving?: { readonly demand: Demand; readonly paid: Sums } | undefined;
};

export interface BatchStore {
  /**
   * Stores the header of a new batch unless its id is taken, and reserves its amounts in the daily limits of its key.
   * @throws AppError LIMIT_EXCEEDED the id is free, and nothing was written; INVALID_STATE its upload is not being stored any more
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
  /** In one request, which is not a snapshot: chunks may be newer or older than the batch. */
  readWithChunks(id: BatchId): Promise<{ batch: Batch; chunks: Chunk[] } | undefined>;
  list(page: BatchPage): Promise<Page<Batch>>;
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
  /** `creating | held -> rejected`, of an upload that failed or was rejected. Releases the reserved amounts. */
  drop(id: BatchId, now: number, event: DomainEvent, released?: Released): Promise<Written<Batch>>;
  /** Records the order of an upload in a batch that already has the ordered status. @returns false if it has changed since `before` */
  markFollowed(before: Batch, order: number): Promise<boolean>;
  /** Those that do not exist are missing. In no order. */
  readMany(ids: readonly BatchId[]): Promise<Batch[]>;
  /** `creating -> awaiting_approval`, together with the approval. @returns false if it is no longer `creating` */
  markAwaiting(stored: Batch, asked: ApprovalWrite, event: DomainEvent): Promise<boolean>;
  /** `creating -> discarding`, if `creatorUntil` has not changed since the last creator. Releases the reserved amounts. */
  beginDiscarding(batch: Batch): Promise<boolean>;
  /** Deletes a batch that is `discarding` and has no chunk left. */
  remove(id: BatchId): Promise<void>;
  /** `awaiting_approval -> created`, or `-> scheduled`, together with the decision, if its content has not changed since `batch` was read. */
  approve(batch: Batch, now: number, decision: ApprovalWrite, events: readonly DomainEvent[]): Promise<boolean>;
  /** `awaiting_approval -> rejected`, together with the decision. Releases the reserved amounts. */
  reject(batch: Batch, now: number, decision: ApprovalWrite, event: DomainEvent, released?: Released): Promise<boolean>;
  /** Changes the time of a scheduled batch, if nothing has changed it since `before`. */
  reschedule(before: Scheduled, startAt: string, event: DomainEvent): Promise<Written<Batch>>;
  /**
   * `created | scheduled | stopping | stopped -> in_progress`, if status, run and time are the same as in `before`; increments
   * the run.
   * @param order number of the upload's order; refused if the batch has followed this order or a later one
   */
  start(
    before: Batch & { readonly status: Startable },
    now: number,
    event: DomainEvent,
    order?: number,
  ): Promise<Written<Batch>>;
  /**
   * `partially_completed | failed -> in_progress` on the same condition, with `reopening` set; increments the run, and
   * reserves the amounts that it pays again.
   * @throws AppError LIMIT_EXCEEDED nothing was written
   */
  beginReopening(
    before: Pick<Batch, 'id' | 'status' | 'run'>,
    now: number,
    reopening: Reopening,
  ): Promise<Written<Batch>>;
  /** Clears `reopening` and removes the re-opened chunks from `chunksDone`. */
  endReopening(id: BatchId, run: number, reopened: readonly number[]): Promise<Batch>;
  /** `in_progress -> stopping`, only in the same run. @param order as of a start */
  stop(before: Batch, event: DomainEvent, order?: number): Promise<Written<Batch>>;
  /**
   * `stopping -> stopped`, only in the same run, and only if no payout was cancelled since it was read. If one was cancelled
   * before, the batch stays in the list of those that may need recovery.
   */
  markStopped(before: Pick<Batch, 'id' | 'run' | 'cancels'>, event: DomainEvent): Promise<Written<Batch>>;
  /** Takes a stopped batch out of the list of those that may need recovery, unless a payout was cancelled since it was read. */
  markCancelsEnded(before: Pick<Batch, 'id' | 'cancels'>): Promise<void>;
  /**
   * Any state that it may leave `-> cancelling`, only from the status and run of `before`, and not if its re-opening has ended
   * since; increments the run. From `awaiting_approval` together with the end of the approval.
   * @returns false if a condition did not hold: nothing was written
   */
  cancel(before: Batch, cancelling: Cancelling): Promise<boolean>;
  /**
   * `in_progress | cancelling -> completed | partially_completed | failed | cancelled`, only from the status and run of
   * `batch`. Releases the reserved amounts that were not paid.
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

/** Read after the call began. */
export type ReadBatchState = (id: BatchId) => Promise<BatchState | undefined>;

/** A chunk to store. `duplicates`: of its part of the request. */
export type NewChunk = {
  readonly chunk: Chunk;
  readonly payouts: readonly Payout[];
  readonly claims?: readonly ClaimWrite[];
  readonly duplicates?: readonly Duplicate[];
};

export type Cancelling = {
  readonly cancellation: Cancellation;
  readonly now: number;
  readonly event: DomainEvent;
  readonly approval?: ApprovalWrite | undefined;
};
