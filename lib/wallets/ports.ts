import type { Demand, Reservation } from '../access/index.ts';
import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { IdempotencyKey, KeyedRequest, Known } from '../kernel/idempotency.ts';
import type { Log } from '../kernel/log.ts';
import type { RetryPolicy } from '../kernel/optimistic-retry.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Companion, Done, Ledger, Posted, PostingDeps, Stale, Wallet } from '../ledger/index.ts';
import type { EpochDeps, Rail } from '../rail/index.ts';
import type { PaymentId, ProviderId } from './ids.ts';
import type { ApprovedPayment, Payment, PaymentRequest, PendingPayment, UnpaidPayment } from './payment.ts';
import type { Provider } from './provider.ts';
import type { AssetCodes } from './schemas.ts';

/** The payment is not as it was read, or was not there; this is the stored one. Nothing was written. */
export type Moved = { readonly kind: 'moved'; readonly payment: Payment };

export interface ProviderStore {
  /** With its event. @returns the stored provider; `inserted` is false if there was one with this id */
  insert(provider: Provider, event: DomainEvent): Promise<{ provider: Provider; inserted: boolean }>;
  read(id: ProviderId): Promise<Provider | undefined>;
  list(page: PageRequest): Promise<Page<Provider>>;
}

/** Methods named `to...` describe what is written together with an entry. */
export interface WalletStore {
  /** The event of a wallet or a currency that is opened. */
  toOpen(event: DomainEvent): Companion<Stale>;
  /** The key and the event. @returns known: the number of the deposit's line */
  toDeposit(posted: Posted, keyed: KeyedRequest, event: DomainEvent): Companion<Known | Stale>;
  /**
   * The resource that an earlier request with this key made.
   * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
   */
  recall(keyed: KeyedRequest, now: number): Promise<Known | undefined>;
}

export type Prepared = {
  readonly wallet: Wallet | undefined;
  readonly provider: Provider | undefined;
  readonly payment: Payment | undefined;
};

export interface PaymentStore {
  /** The wallet, the provider, and the payment that an earlier request with this key made, in one read. */
  prepare(request: PaymentRequest, key: IdempotencyKey, now: number): Promise<Prepared>;
  /**
   * The payment, the event, and the amount that it reserves in the daily limits of a key.
   * @returns moved: there is a payment with this id
   * @throws AppError LIMIT_EXCEEDED from `refusedBy`
   */
  toBegin(payment: PendingPayment, event: DomainEvent, demand: Demand | undefined): Companion<Moved | Stale>;
  read(id: PaymentId): Promise<Payment | undefined>;
  /** PENDING -> APPROVED. @throws AppError RATE_LIMITED other writers were first at every try: nothing was written */
  approve(payment: ApprovedPayment, event: DomainEvent): Promise<Done | Moved>;
  /** PENDING -> DECLINED | FAILED, and the event. `reserved` is given back to the daily limits. */
  toGiveBack(payment: UnpaidPayment, event: DomainEvent, reserved: Reservation | undefined): Companion<Moved | Stale>;
  /**
   * The last refund of the payment, on condition that the refunds before it have not changed; the key and the event.
   * Reserves its amount in the daily limits of a key.
   * @returns known: the refund's id; stale: the payment has other refunds
   * @throws AppError LIMIT_EXCEEDED from `refusedBy`
   */
  toRefund(
    after: ApprovedPayment,
    keyed: KeyedRequest,
    event: DomainEvent,
    demand: Demand | undefined,
  ): Companion<Known | Stale>;
  /** The PENDING payments that no request works on any more: a part of each shard, the oldest first. */
  listOverdue(now: number): Promise<PaymentId[]>;
  /** The oldest of them, and since when it has been due; ISO 8601 UTC. */
  oldestOverdue(now: number): Promise<{ readonly since: string; readonly id: PaymentId } | undefined>;
}

export type WalletPolicy = RetryPolicy & {
  /** How long a request works on a payment with the gateway. */
  readonly gatewayMs: number;
  /** Kept free at the end of a request, to store the gateway's answer. */
  readonly reserveMs: number;
  /** A `not_found` counts after this long: no call that was sent in time arrives later. */
  readonly lateCallMs: number;
  /** Between calls to the gateway about one payment. */
  readonly gatewayBackoff: Backoff;
};

export type WalletDeps = EventDeps &
  EpochDeps &
  PostingDeps & {
    readonly ledger: Ledger;
    readonly wallets: WalletStore;
    readonly payments: PaymentStore;
    readonly providers: ProviderStore;
    readonly gateway: Rail;
    /** What a wallet can hold besides currencies. */
    readonly assets: AssetCodes;
    readonly policy: WalletPolicy;
    readonly log: Log;
    readonly newId: () => string;
  };
