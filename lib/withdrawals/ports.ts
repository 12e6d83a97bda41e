import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { IdempotencyKey, KeyedRequest, Known } from '../kernel/idempotency.ts';
import type { Log } from '../kernel/log.ts';
import type { RetryPolicy } from '../kernel/optimistic-retry.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Done, Entry, Ledger, Posted, PostingDeps, Stale, UserId } from '../ledger/index.ts';
import type { Rail } from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { Assets, Network } from './assets.ts';
import type { WithdrawalId } from './ids.ts';
import type { In, Withdrawal, WithdrawalStatus } from './withdrawal.ts';

/** The withdrawal has changed since it was read; this is the stored one. Nothing was written. */
export type Changed = { readonly kind: 'changed'; readonly withdrawal: Withdrawal };

/** Written together with a change of a withdrawal. */
export type ExtraWrites = {
  readonly events?: readonly DomainEvent[];
  /** The entry that moves the held amount out of the system. */
  readonly capture?: Entry;
  /** A posting to the user's wallet. */
  readonly posted?: Posted;
};

/** An open withdrawal as the index lists it; may lag behind the last writes. */
export type Open = Pick<Withdrawal, 'id' | 'status' | 'version' | 'dueAt' | 'createdAt'> & {
  readonly leasedUntil?: number;
  readonly isDead: boolean;
};

export interface WithdrawalStore {
  /** The id of the withdrawal that an earlier request with this key made. @throws AppError IDEMPOTENCY_MISMATCH */
  recall(keyed: KeyedRequest, now: number): Promise<Known | undefined>;
  /**
   * In one transaction: the withdrawal, the key, the event and, if it is held there, what leaves the wallet.
   * @returns known: the withdrawal's id
   * @throws AppError IDEMPOTENCY_MISMATCH
   */
  insert(
    withdrawal: In<'PENDING'>,
    keyed: KeyedRequest,
    extraWrites: ExtraWrites,
    now: number,
  ): Promise<Done | Known | Stale>;
  read(id: WithdrawalId): Promise<Withdrawal | undefined>;
  /** The withdrawal that a user's request with this key made. */
  readByKey(userId: UserId, key: IdempotencyKey, now: number): Promise<Withdrawal | undefined>;
  /** From one version to the next, on condition that `before` is still the last one. */
  advance(before: Withdrawal, after: Withdrawal, extraWrites?: ExtraWrites): Promise<Done | Changed | Stale>;
  /** Newest first. A page may be short when few are in that status: go on with the cursor. */
  list(userId: UserId, page: PageRequest & { status?: WithdrawalStatus | undefined }): Promise<Page<Withdrawal>>;
  /** All that are not terminal. */
  listOpen(): Promise<Open[]>;
  /** Does nothing if the withdrawal has changed since that version. */
  recordDeadLetter(message: WithdrawalMessage, deadLetter: DeadLetter): Promise<void>;
  clearDeadLetter(id: WithdrawalId): Promise<void>;
}

/** `dispatchedAt`: when all open withdrawals were last sent to the queue. Epoch milliseconds. */
export type Processor = { readonly isStopped: boolean; readonly dispatchedAt: number };

export interface ProcessorStore {
  /** The state at a time after the call. */
  readState(): Promise<Processor>;
  /** @returns false if nothing changed */
  setStopped(isStopped: boolean): Promise<boolean>;
  recordDispatch(now: number): Promise<void>;
}

export type DeniedAddress = {
  readonly network: Network;
  /** In its canonical form. */
  readonly address: string;
  readonly reason: string;
  readonly createdAt: string;
};

export interface DenyList {
  /** @returns false if it was listed already; its reason is replaced */
  put(denied: DeniedAddress): Promise<boolean>;
  /** @returns false if it was not listed */
  remove(network: Network, address: string): Promise<boolean>;
  has(network: Network, address: string): Promise<boolean>;
  list(network: Network, page: PageRequest): Promise<Page<DeniedAddress>>;
}

/** Work on this version of a withdrawal; a worker drops the message if there is a newer one. */
export type WithdrawalMessage = { readonly withdrawalId: WithdrawalId; readonly version: number };

/** As SQS counts, approximately. */
export type QueueDepth = { readonly visible: number; readonly delayed: number; readonly inFlight: number };

export interface WithdrawalQueue {
  /** Durable when it resolves. Delays are rounded up to whole seconds and capped at what SQS allows (15 minutes). */
  send(messages: readonly WithdrawalMessage[], delayMs?: number): Promise<void>;
  depth(): Promise<QueueDepth>;
}

/** Whole numbers that only grow, counted from events. */
export type Outcomes = Readonly<Record<'created' | 'completed' | 'failed' | 'retrying' | 'reopened', bigint>>;

export type WithdrawalPolicy = {
  readonly leaseMs: number;
  /** A call that timed out may still reach the chain for this long, by any process's clock. */
  readonly lateCallMs: number;
  /** Between attempts, and between look-ups of an unknown outcome. */
  readonly backoff: Backoff;
  /** The longest time between two look-ups of a broadcast. */
  readonly maxLookUpIntervalMs: number;
  /** How long a withdrawal may be due before recovery considers its message lost. */
  readonly lostAfterMs: number;
  /** For postings to the user's wallet. */
  readonly posting: RetryPolicy;
};

export type WithdrawalDeps = EventDeps &
  Omit<PostingDeps, 'policy'> & {
    readonly ledger: Pick<Ledger, 'read'>;
    readonly withdrawals: WithdrawalStore;
    readonly processor: ProcessorStore;
    readonly denyList: DenyList;
    readonly queue: WithdrawalQueue;
    readonly chain: Rail;
    readonly outcomes: () => Promise<Outcomes>;
    readonly assets: Assets;
    readonly policy: WithdrawalPolicy;
    readonly log: Log;
    readonly newId: () => string;
  };
