import type { GateDeps, LimitStore } from '../access/index.ts';
import type { HmacOf } from '../crypto/index.ts';
import type { DomainEvent } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { EpochDeps, Rail } from '../rail/index.ts';
import type { Batch } from './batch.ts';
import type { BatchStore, ReadBatchState } from './batch-store.ts';
import type { Chunk, ChunkMessage } from './chunk.ts';
import type { ChunkStore } from './chunk-store.ts';
import type { ClaimStore } from './claim-store.ts';
import type { BatchId } from './ids.ts';
import type { Misfit, Notification, NotificationStatus } from './notification.ts';
import type { Payout, SearchedStatus } from './payout.ts';
import type { RejectedRow } from './rejected-row.ts';
import type { ThroughputStore } from './throughput-store.ts';

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
  /** The time by which the first of `list` is ordered; ISO 8601 UTC. It may lag behind the last writes. It decrypts nothing. */
  oldest(status: SearchedStatus): Promise<string | undefined>;
}

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

export interface ChunkQueue {
  /** Durable when it resolves. Delays are rounded up to whole seconds and capped at what SQS allows (15 minutes). */
  send(messages: readonly ChunkMessage[], delayMs?: number): Promise<void>;
  /** Whether no message waits for a worker. The answer may be some seconds old. */
  isIdle(): Promise<boolean>;
}

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

export type PayoutDeps = GateDeps &
  EpochDeps & {
    readonly batches: BatchStore;
    readonly chunks: ChunkStore;
    readonly claims: ClaimStore;
    readonly limits: LimitStore;
    readonly notifications: NotificationStore;
    readonly rejected: RejectedStore;
    readonly index: PayoutIndex;
    readonly throughput: ThroughputStore;
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
