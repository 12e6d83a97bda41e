import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Day } from '../kernel/day.ts';
import type { KeyedRequest, Known } from '../kernel/idempotency.ts';
import type { Unit } from '../kernel/money.ts';
import type { RetryDeps } from '../kernel/optimistic-retry.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { KeyId } from '../kernel/principal.ts';
import type { ApprovalStore, ApprovalWrite, PolicyStore } from './approval-ports.ts';
import type { ApiKey, Credential, Session } from './key.ts';

/** What the authorizer needs of keys. */
export interface KeyFinder {
  /** The key that has or had the secret with this hash, or the session whose token has it. */
  findByHash(hash: string): Promise<Credential | undefined>;
  /** Stores that the key is used now, at most once a minute. @param now epoch milliseconds */
  recordUse(id: KeyId, now: number): Promise<void>;
}

export type AuthenticateDeps = {
  readonly keys: KeyFinder;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Reports that a use was not recorded. */
  readonly onFailure: (error: Error) => void;
};

/** A change of a key, with its event and with the record of the request's idempotency key. */
export type KeyChange = {
  readonly before: ApiKey;
  readonly after: ApiKey;
  readonly event: DomainEvent;
  readonly keyed?: KeyedRequest;
  /** Another key with the scope `admin`. Nothing is written if its version has changed. */
  readonly witness?: ApiKey | undefined;
  /** The decision that permits or ends it. */
  readonly decision?: ApprovalWrite;
};

/** What is stored with a new key: the record of the idempotency key, and the approval that the key awaits. */
export type WithKey = { readonly keyed?: KeyedRequest | undefined; readonly approval?: ApprovalWrite | undefined };

/** @param hash of the token */
export interface SessionStore {
  insertSession(
    hash: string,
    owner: { readonly keyId: KeyId; readonly session: Session },
    event: DomainEvent,
  ): Promise<void>;
  /** Does nothing if another request has deleted it. */
  deleteSession(hash: string, event: DomainEvent): Promise<void>;
}

export interface KeyStore extends KeyFinder, SessionStore {
  read(id: KeyId): Promise<ApiKey | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<ApiKey>>;
  all(): Promise<ApiKey[]>;
  /** When each of these keys was used last, RFC 3339. A key that was never used is missing. */
  lastUses(ids: readonly KeyId[]): Promise<ReadonlyMap<KeyId, string>>;
  /**
   * @returns the new key, or the one that an earlier request with the same idempotency key made
   * @throws AppError IDEMPOTENCY_MISMATCH; VALIDATION_ERROR another key has this secret; INVALID_STATE the id is taken
   */
  insert(key: ApiKey, event: DomainEvent, more?: WithKey): Promise<{ key: ApiKey; replayed: boolean }>;
  /**
   * @returns undefined if the key, the witness or the approval has another version by now; what an earlier request made, if there was one
   * @throws AppError IDEMPOTENCY_MISMATCH; VALIDATION_ERROR another key has this secret
   */
  replace(change: KeyChange): Promise<{ readonly kind: 'written' } | Known | undefined>;
  /**
   * The key that an earlier request with this idempotency key made or changed.
   * @param now epoch milliseconds @throws AppError IDEMPOTENCY_MISMATCH
   */
  recall(keyed: KeyedRequest, now: number): Promise<KeyId | undefined>;
}

export type AccessDeps = EventDeps &
  RetryDeps & {
    readonly keys: KeyStore;
    readonly limits: LimitStore;
    readonly approvals: ApprovalStore;
    readonly policies: Pick<PolicyStore, 'hasOtherApprover'>;
    readonly newId: () => string;
    /** A new secret for a key of this deployment. */
    readonly newSecret: () => string;
    /** The assets that can have limits, by their codes. */
    readonly assets: ReadonlyMap<string, { readonly decimals: number }>;
  };

export interface LimitStore {
  /** What a key has used of its limits of a day, in each currency with a limit. */
  usedOn(keyId: KeyId, day: Day): Promise<ReadonlyMap<Unit, bigint>>;
}

/** `burst`: requests at once after a pause. */
export type Rate = { readonly perSecond: number; readonly burst: number };

export interface RateStore {
  /**
   * Takes tokens from the bucket of a key, up to those wanted.
   * @param now epoch milliseconds
   * @returns how many; if less than those wanted, when the next one will be there
   */
  take(
    keyId: KeyId,
    rate: Rate,
    wanted: number,
    now: number,
  ): Promise<{ readonly taken: number; readonly nextAt: number }>;
}
