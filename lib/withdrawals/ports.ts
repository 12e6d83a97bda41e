import type { ApprovalWrite, Demand, GateDeps } from '../access/index.ts';
import type { HmacOf } from '../crypto/index.ts';
import type { DomainEvent } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Log } from '../kernel/log.ts';
import type { RetryPolicy } from '../kernel/optimistic-retry.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Companion, Done, Ledger, PostingDeps, Stale, UserId } from '../ledger/index.ts';
import type { EpochDeps, Rail } from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { Assets, Network } from './assets.ts';
import type { WithdrawalId } from './ids.ts';
import type { Open, OpenPart, PlaceRange } from './open.ts';
import type { New, Withdrawal, WithdrawalStatus } from './withdrawal.ts';

/** The withdrawal, or its approval, has changed since it was read; this is the stored withdrawal. Nothing was written. */
export type Changed = { readonly kind: 'changed'; readonly withdrawal: Withdrawal };

/** A request with this key made this withdrawal before. Nothing was written. */
export type Existing = { readonly kind: 'existing'; readonly withdrawal: Withdrawal };

/** Written together with a withdrawal: the amount that it reserves in the daily limits of a key, and its approval or the decision about it. */
export type Along = { readonly demand?: Demand | undefined; readonly approval?: ApprovalWrite | undefined };

export interface WithdrawalStore {
  /**
   * In one transaction, unless the id is taken: the withdrawal, the event, and what goes along with it.
   * @throws AppError LIMIT_EXCEEDED
   */
  insert(withdrawal: New, event: DomainEvent, along: Along): Promise<Done | Existing>;
  /** The same, to be written together with the entry that holds the amount. */
  readyToInsert(): Promise<(withdrawal: New, event: DomainEvent, along: Along) => Companion<Existing | Stale>>;
  read(id: WithdrawalId): Promise<Withdrawal | undefined>;
  /** The withdrawal that a user's request with this key made. `now`: keys of earlier versions expire. */
  readByKey(userId: UserId, key: IdempotencyKey, now: number): Promise<Withdrawal | undefined>;
  /**
   * From one version to the next, on condition that `before` is still the last one. A reservation that only `before` has is given
   * back.
   * @throws AppError LIMIT_EXCEEDED
   */
  advance(
    before: Withdrawal,
    after: Withdrawal,
    events?: readonly DomainEvent[],
    along?: Along,
  ): Promise<Done | Changed>;
  /** The same, to be written together with an entry in the user's wallet. */
  toAdvance(
    before: Withdrawal,
    after: Withdrawal,
    events: readonly DomainEvent[],
    along?: Along,
  ): Promise<Companion<Changed | Stale>>;
  /** Newest first. A page may be short when few are in that status: go on with the cursor. */
  list(userId: UserId, page: PageRequest & { status?: WithdrawalStatus | undefined }): Promise<Page<Withdrawal>>;
  /** The first ones of a part in the order of their places, about `limit` at most. `isComplete`: there are no others. */
  listOpen(part: OpenPart, limit: number, range?: PlaceRange): Promise<{ open: Open[]; isComplete: boolean }>;
  /** In the order of their ids in the list. */
  readAll(ids: readonly WithdrawalId[]): Promise<Withdrawal[]>;
  /** With the event. Does nothing if the withdrawal has changed since that version, or has the dead letter of this message. */
  recordDeadLetter(message: WithdrawalMessage, deadLetter: DeadLetter, event: DomainEvent): Promise<void>;
  /** With the event. Does nothing if the withdrawal has changed since. */
  clearDeadLetter(dead: Open & { readonly deadLetter: DeadLetter }, event: DomainEvent): Promise<void>;
}

/**
 * The sending of messages to all withdrawals that are overdue, over several runs of the recovery. `beganAt`: epoch
 * milliseconds. `upTo`: the place where it ends. `reached`: the place up to which messages were sent; absent at its end.
 */
export type Sweep = { readonly beganAt: number; readonly upTo: string; readonly reached?: string };

/**
 * `changes`: how often it was started or stopped, since that has events. `stoppedAt`: a time at which it was stopped certainly,
 * epoch milliseconds; absent until someone has recorded it. `sweep`: the last one.
 */
export type Processor = {
  readonly isStopped: boolean;
  readonly changes: number;
  readonly stoppedAt?: number;
  readonly sweep?: Sweep;
};

export interface ProcessorStore {
  /** The state at a time after the call. */
  readState(): Promise<Processor>;
  /** Stores the event in the same transaction. @returns false if it has changed since `before` */
  setStopped(before: Processor, isStopped: boolean, event: DomainEvent): Promise<boolean>;
  /** Does nothing if it is not stopped, has a time, or has changed since. */
  recordStopped(before: Processor, at: number): Promise<void>;
  /** @returns false if another run was first */
  recordSweep(before: Sweep | undefined, after: Sweep): Promise<boolean>;
}

export type DeniedAddress = {
  /** Earlier versions stored none. */
  readonly id?: string;
  readonly network: Network;
  /** In its canonical form. */
  readonly address: string;
  readonly reason: string;
  readonly createdAt: string;
};

export interface DenyList {
  /** Lists it, or replaces `before`, together with the event. @returns false if it has changed since */
  put(before: DeniedAddress | undefined, denied: DeniedAddress, event: DomainEvent): Promise<boolean>;
  /** Together with the event and the decision that permits it. @returns false if it, or the approval, has changed since */
  remove(before: DeniedAddress, event: DomainEvent, decision?: ApprovalWrite): Promise<boolean>;
  /** Names an address without showing it. */
  digestOf(network: Network, address: string): Promise<string>;
  /** By {@link digestOf}. */
  readDigest(network: Network, digest: string): Promise<DeniedAddress | undefined>;
  read(network: Network, address: string): Promise<DeniedAddress | undefined>;
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
export type Outcomes = Readonly<
  Record<'created' | 'completed' | 'failed' | 'rejected' | 'retrying' | 'reopened', bigint>
>;

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

export type WithdrawalDeps = GateDeps &
  EpochDeps &
  Omit<PostingDeps, 'policy' | 'ledger'> & {
    readonly ledger: Ledger;
    readonly withdrawals: WithdrawalStore;
    readonly hmac: () => Promise<HmacOf>;
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
