import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { RetryDeps } from '../kernel/optimistic-retry.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Approval, ApprovalId, ApprovalKind, ApprovalStatus } from './approval.ts';
import type { ApprovalPolicy, AskedPayment } from './approval-policy.ts';

/** A change of an approval with its events. Another domain writes it in the transaction of its own change. */
export interface ApprovalWrite {
  /** The keys of the items that it writes. */
  readonly items: readonly string[];
}

export interface ApprovalStore {
  read(id: ApprovalId): Promise<Approval | undefined>;
  /** Newest first. */
  list(page: PageRequest & { status?: ApprovalStatus | undefined }): Promise<Page<Approval>>;
  /** Those that wait, and whose time is over at `now`, the oldest first. May lag behind the last writes. */
  listOverdue(now: number): Promise<ApprovalId[]>;
  toInsert(approval: Approval, event: DomainEvent): ApprovalWrite;
  /** On condition that the stored version is the one of `before`. */
  toAdvance(before: Approval, after: Approval, event: DomainEvent): ApprovalWrite;
  /** @returns false if a condition did not hold: nothing was written */
  write(...changes: readonly ApprovalWrite[]): Promise<boolean>;
}

export interface PolicyStore {
  read(): Promise<ApprovalPolicy>;
  /** The policy of an earlier or the current version. */
  readVersion(version: number): Promise<ApprovalPolicy | undefined>;
  /** On condition that the stored version is the one before it. */
  toReplace(policy: ApprovalPolicy, event?: DomainEvent): ApprovalWrite;
  /** Whether another person is an approver: has a live key with payouts:approve, or had one in the last 30 days. */
  hasOtherApprover(person: string, now: number): Promise<boolean>;
}

/** Payees and accounts that were paid, under keyed hashes. */
export interface KnownPayees {
  /** @returns the names that were never paid */
  unknownAmong(names: readonly string[]): Promise<ReadonlySet<string>>;
  /** Repeatable. */
  remember(names: readonly string[]): Promise<void>;
}

export type Paid = Pick<AskedPayment, 'payee' | 'account'>;

/** The payments of a domain, in pages of any order that stays the same. */
export interface PaidPayments {
  /** @returns the paid ones among the next that are stored. Without `next` there are no others. */
  page(cursor?: string): Promise<{ readonly paid: readonly Paid[]; readonly next?: string | undefined }>;
}

/** How far the payments of a source are known that were paid before there were rules. */
export type Backfill = {
  readonly source: string;
  /** {@link ApprovalPolicy.heldSince} of the rules that it is for. */
  readonly since: string;
  /** Everything before it is known. */
  readonly cursor?: string | undefined;
  readonly isDone: boolean;
};

export interface BackfillStore {
  read(source: string): Promise<Backfill | undefined>;
  write(backfill: Backfill): Promise<void>;
}

export type BackfillDeps = Pick<GateDeps, 'knownPayees' | 'now'> & {
  readonly policies: Pick<PolicyStore, 'read'>;
  readonly backfills: BackfillStore;
  /** By name. */
  readonly paid: Readonly<Record<string, PaidPayments>>;
};

/** What domains need to ask for an approval. */
export type GateDeps = EventDeps & {
  readonly approvals: ApprovalStore;
  /** The current rules. May be some seconds old. */
  readonly approvalPolicy: () => Promise<ApprovalPolicy>;
  readonly knownPayees: KnownPayees;
};

/** What an approval is about. Its own state moves in the transaction of the approval. */
export interface ApprovalSubject {
  /**
   * Permits or ends what waits, in one transaction with `change`.
   * @param approval after the decision: approved, rejected or lapsed
   * @returns false if a condition did not hold: nothing was written
   */
  conclude(approval: Approval, change: ApprovalWrite): Promise<boolean>;
  /** Continues what an approved approval permits. Repeatable. Recovery does the same if the process dies before it. */
  proceed(approval: Approval): Promise<void>;
}

export type ApprovalDeps = EventDeps &
  Omit<RetryDeps, 'policy'> & {
    readonly approvals: ApprovalStore;
    readonly policies: PolicyStore;
    readonly subjects: Readonly<Partial<Record<ApprovalKind, ApprovalSubject>>>;
    readonly newId: () => string;
  };
