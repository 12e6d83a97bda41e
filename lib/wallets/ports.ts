import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { KeyedRequest, Known } from '../kernel/idempotency.ts';
import type { Log } from '../kernel/log.ts';
import type { RetryPolicy } from '../kernel/optimistic-retry.ts';
import type { Done, Entry, Ledger, Posted, PostingDeps, Stale, UserId, Wallet } from '../ledger/index.ts';
import type { Rail } from '../rail/index.ts';
import type { PaymentId, ProviderId } from './ids.ts';
import type { ApprovedPayment, Payment, PendingPayment, UnpaidPayment } from './payment.ts';
import type { Provider } from './provider.ts';
import type { AssetCodes } from './schemas.ts';

/** The payment is not what it was when it was looked at; this is what it is. Nothing was written. */
export type Moved = { readonly kind: 'moved'; readonly payment: Payment };

export interface ProviderStore {
  /** @returns false if there is one with this id, and then that one */
  insert(provider: Provider): Promise<{ provider: Provider; inserted: boolean }>;
  read(id: ProviderId): Promise<Provider | undefined>;
  list(page: { limit: number; cursor?: string }): Promise<{ providers: Provider[]; cursor?: string }>;
}

/**
 * What posts to a wallet is written on condition that the wallet is still as it was read, together with the key and the
 * event, or not at all.
 * Every method that takes a keyed request throws AppError IDEMPOTENCY_MISMATCH if its key was used with another one.
 */
export interface WalletStore {
  /** @returns known: the number of the deposit's line */
  deposit(posted: Posted, keyed: KeyedRequest, event: DomainEvent): Promise<Done | Known | Stale>;
  /** The resource that the key stands for. */
  recall(keyed: KeyedRequest, now: number): Promise<Known | undefined>;
}

export interface PaymentStore {
  /** Wallet, provider and what the key stands for, in one read. */
  prepare(
    userId: UserId,
    providerId: ProviderId,
    keyed: KeyedRequest,
    now: number,
  ): Promise<{ wallet: Wallet | undefined; provider: Provider | undefined; known: Known | undefined }>;
  /** In one transaction: the debit, the payment, the key and the event. @returns known: the payment's id */
  begin(
    payment: PendingPayment,
    posted: Posted,
    keyed: KeyedRequest,
    event: DomainEvent,
  ): Promise<Done | Known | Stale>;
  read(id: PaymentId): Promise<Payment | undefined>;
  /** PENDING -> APPROVED. @throws AppError RATE_LIMITED others were in the way at every try: nothing was written */
  approve(payment: ApprovedPayment, capture: Entry, event: DomainEvent): Promise<Done | Moved>;
  /** PENDING -> DECLINED | FAILED, and the money back. */
  giveBack(payment: UnpaidPayment, posted: Posted, event: DomainEvent): Promise<Done | Moved | Stale>;
  /**
   * Adds the last one of its refunds, on condition that there are no others than those before it.
   * @returns known: the refund's id
   */
  refund(
    after: ApprovedPayment,
    posted: Posted,
    keyed: KeyedRequest,
    event: DomainEvent,
  ): Promise<Done | Known | Moved | Stale>;
  /** PENDING ones that no request works on any more, oldest first in each of a number of shards. */
  listOverdue(now: number): Promise<PaymentId[]>;
}

export type WalletPolicy = RetryPolicy & {
  /** How long a request works on a payment with the gateway. */
  readonly gatewayMs: number;
  /** Kept free at the end of a request, to write down what the gateway said. */
  readonly reserveMs: number;
  /** After this long "never seen" counts: no call that was sent in time arrives later. */
  readonly lateCallMs: number;
  /** Between calls to the gateway about one payment. */
  readonly gatewayBackoff: Backoff;
};

export type WalletDeps = EventDeps &
  PostingDeps & {
    readonly ledger: Ledger;
    readonly wallets: WalletStore;
    readonly payments: PaymentStore;
    readonly providers: ProviderStore;
    readonly gateway: Rail;
    /** What can be held besides currencies. */
    readonly assets: AssetCodes;
    readonly policy: WalletPolicy;
    readonly log: Log;
    readonly newId: () => string;
  };
