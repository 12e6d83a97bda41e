import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { IdempotencyKey, KeyedRequest, Known } from '../kernel/idempotency.ts';
import type { Log } from '../kernel/log.ts';
import type { RetryPolicy } from '../kernel/optimistic-retry.ts';
import type { Done, Entry, Ledger, Posted, PostingDeps, Stale, UserId } from '../ledger/index.ts';
import type { Rail } from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { Assets } from './assets.ts';
import type { WithdrawalId } from './ids.ts';
import type { Network } from './networks.ts';
import type { In, Withdrawal, WithdrawalStatus } from './withdrawal.ts';

/** The withdrawal is not what it was when it was looked at; this is what it is. Nothing was written. */
export type Changed = { readonly kind: 'changed'; readonly withdrawal: Withdrawal };

/** What is written together with a change of a withdrawal. */
export type ExtraWrites = {
  readonly events?: readonly DomainEvent[];
  /** The entry that moves what was held out into the world. */
  readonly capture?: Entry;
  /** What it does to the user's wallet. */
  readonly posted?: Posted;
};

/** What the list of open withdrawals says of one; may lag behind the last writes. */
export type Open = Pick<Withdrawal, 'id' | 'status' | 'version' | 'dueAt' | 'createdAt'> & {
  readonly leasedUntil?: number;
  readonly isDead: boolean;
};

export interface WithdrawalStore {
  /** The id of the withdrawal that the key stands for. @throws AppError IDEMPOTENCY_MISMATCH */
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
  /** The withdrawal that a key of a user stands for. */
  readByKey(userId: UserId, key: IdempotencyKey, now: number): Promise<Withdrawal | undefined>;
  /** From one version to the next, if `before` is still the last one. */
  advance(before: Withdrawal, after: Withdrawal, extraWrites?: ExtraWrites): Promise<Done | Changed | Stale>;
  /** Newest first. A page may be short when few are in the status that is asked for: go on with the cursor. */
  list(
    userId: UserId,
    page: { limit: number; cursor?: string; status?: WithdrawalStatus },
  ): Promise<{ withdrawals: Withdrawal[]; cursor?: string }>;
  /** All that are not terminal. */
  listOpen(): Promise<Open[]>;
  /** Does nothing if the withdrawal has got further. */
  recordDeadLetter(message: WithdrawalMessage, deadLetter: DeadLetter): Promise<void>;
  clearDeadLetter(id: WithdrawalId): Promise<void>;
}

/** `dispatchedAt`: when all that was open was last sent to the queue. Epoch milliseconds. */
export type Processor = { readonly isStopped: boolean; readonly dispatchedAt: number };

export interface ProcessorStore {
  /** Read after the call began. */
  readState(): Promise<Processor>;
  /** @returns false if it was so before */
  turn(isStopped: boolean): Promise<boolean>;
  noteDispatched(now: number): Promise<void>;
}

export type DeniedAddress = {
  readonly network: Network;
  /** In its canonical form. */
  readonly address: string;
  readonly reason: string;
  readonly createdAt: string;
};

export interface DenyList {
  /** @returns false if it was there: it is now listed for another reason */
  put(denied: DeniedAddress): Promise<boolean>;
  /** @returns false if it was not there */
  remove(network: Network, address: string): Promise<boolean>;
  has(network: Network, address: string): Promise<boolean>;
  list(
    network: Network,
    page: { limit: number; cursor?: string },
  ): Promise<{ addresses: DeniedAddress[]; cursor?: string }>;
}

/** A withdrawal to be worked on as it was at this version: if it has got further since, there is nothing to do. */
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
  /** A call that was given up at its deadline may still reach the chain for this long, by anybody's clock. */
  readonly lateCallMs: number;
  /** Between attempts, and between questions about an unknown outcome. */
  readonly backoff: Backoff;
  /** The longest time between two looks at a broadcast. */
  readonly lookEveryMs: number;
  /** How long a withdrawal may be due and untouched before recovery takes its message for lost. */
  readonly lostAfterMs: number;
  /** How the user's wallet is posted to. */
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
