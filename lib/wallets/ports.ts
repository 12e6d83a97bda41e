import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Backoff } from '../kernel/backoff.ts';
import type { KeyedRequest } from '../kernel/idempotency.ts';
import type { Limiter } from '../kernel/limiter.ts';
import type { Log } from '../kernel/log.ts';
import type { Rail } from '../rail/index.ts';
import type { PaymentId, ProviderId, UserId } from './ids.ts';
import type { Entry, EntryType } from './journal.ts';
import type { ApprovedPayment, Payment, PendingPayment, UnpaidPayment } from './payment.ts';
import type { Provider } from './provider.ts';
import type { AssetCodes } from './schemas.ts';
import type { Line, Posted, Wallet } from './wallet.ts';

/** Somebody else wrote first. `wallet` is what is there now, if that was learned. Nothing was written. */
export type Stale = { readonly kind: 'stale'; readonly wallet?: Wallet };
/** The key stands for this resource. Nothing was written. */
export type Known = { readonly kind: 'known'; readonly resource: string };
export type Done = { readonly kind: 'done' };
/** The payment is not what it was when it was looked at; this is what it is. Nothing was written. */
export type Moved = { readonly kind: 'moved'; readonly payment: Payment };

export interface ProviderStore {
  /** @returns false if there is one with this id, and then that one */
  insert(provider: Provider): Promise<{ provider: Provider; inserted: boolean }>;
  read(id: ProviderId): Promise<Provider | undefined>;
  list(page: { limit: number; cursor?: string }): Promise<{ providers: Provider[]; cursor?: string }>;
}

/**
 * Wallets and their statements. What posts to a wallet is written on condition that the wallet is still as it was read,
 * together with the key and the event, or not at all.
 * Every method that takes a keyed request throws AppError IDEMPOTENCY_MISMATCH if its key was used with another one.
 */
export interface WalletStore {
  insert(wallet: Wallet): Promise<{ wallet: Wallet; inserted: boolean }>;
  /** Lists a currency at zero. */
  open(before: Wallet, after: Wallet): Promise<Done | Stale>;
  read(userId: UserId): Promise<Wallet | undefined>;
  /** @returns known: the number of the deposit's line */
  deposit(posted: Posted, keyed: KeyedRequest, event: DomainEvent): Promise<Done | Known | Stale>;
  line(userId: UserId, seq: number): Promise<Line | undefined>;
  /** Newest first. A page may be short, or even empty, when few entries are of the type: go on with the cursor. */
  lines(
    userId: UserId,
    page: { limit: number; before?: number; type?: EntryType },
  ): Promise<{ lines: Line[]; before?: number }>;
  /** The resource that the key stands for. */
  recall(keyed: KeyedRequest, now: number): Promise<string | undefined>;
}

export interface PaymentStore {
  /** Wallet, provider and what the key stands for, in one read. */
  prepare(
    userId: UserId,
    providerId: ProviderId,
    keyed: KeyedRequest,
    now: number,
  ): Promise<{ wallet: Wallet | undefined; provider: Provider | undefined; known: string | undefined }>;
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

export type WalletPolicy = {
  /** How long a request works on a payment with the gateway. */
  readonly gatewayMs: number;
  /** Kept free at the end of a request, to write down what the gateway said. */
  readonly reserveMs: number;
  /** After this long "never seen" counts: no call that was sent in time arrives later. */
  readonly lateCallMs: number;
  /** Between calls to the gateway about one payment. */
  readonly gatewayBackoff: Backoff;
  /** Between tries to post to a wallet that others post to, and for how long. */
  readonly backoff: Backoff;
  readonly patienceMs: number;
};

/** What it takes to post to a wallet that others post to at the same time. */
export type PostingDeps = {
  readonly policy: Pick<WalletPolicy, 'backoff' | 'patienceMs'>;
  /** What posts to one wallet in one process goes one after the other. */
  readonly limiterOf: (userId: UserId) => Limiter;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
};

export type WalletDeps = EventDeps &
  PostingDeps & {
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
