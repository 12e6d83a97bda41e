import type {
  Balance,
  CreatedPayment,
  Deposit,
  DepositRequest,
  Explanation,
  JournalEntry,
  Payment,
  PaymentRequest,
  Provider,
  ProviderRequest,
  Refund,
  RefundRequest,
  Timeline,
  Wallet,
  WalletRequest,
  WalletTransaction,
} from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Query, Transport } from './transport.ts';
import { type WaitOptions, waitUntil } from './wait.ts';

const ofUser = (userId: string) => ({ params: { user_id: userId } });
const named = (id: string) => ({ params: { payment_id: id } });

/** Wallets of users. */
export class Wallets {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a wallet, or adds a currency to one. */
  create(body: WalletRequest, options?: CallOptions): Promise<Wallet> {
    return this.#transport.call('createWallet', { body }, options);
  }

  balance(userId: string, options?: CallOptions): Promise<Balance> {
    return this.#transport.call('getBalance', ofUser(userId), options);
  }

  /** What the wallet held at an earlier time: the sum of its entries until then. @param time RFC 3339 with its zone */
  balanceAt(userId: string, time: string, options?: CallOptions): Promise<Balance> {
    return this.#transport.call('getBalance', { ...ofUser(userId), query: { as_of: time } }, options);
  }

  deposit(userId: string, body: DepositRequest, options?: CallOptions): Promise<Deposit> {
    return this.#transport.call('createDeposit', { ...ofUser(userId), body }, options);
  }

  /** Newest first. */
  transactions(
    userId: string,
    query: Query<'listTransactions'> = {},
    options?: CallOptions,
  ): Pages<WalletTransaction, AnswerBody<'listTransactions'>> {
    return this.#transport.list('listTransactions', { ...ofUser(userId), query }, 'transactions', options);
  }
}

/** Payments of users to providers. */
export class Payments {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A payment that is declined is an answer, not an error. */
  create(userId: string, body: PaymentRequest, options?: CallOptions): Promise<CreatedPayment> {
    return this.#transport.call('createPayment', { ...ofUser(userId), body }, options);
  }

  get(id: string, options?: CallOptions): Promise<Payment> {
    return this.#transport.call('getPayment', named(id), options);
  }

  /** Why a payment has its status, what happens next, and what a person may do. */
  explain(id: string, options?: CallOptions): Promise<Explanation> {
    return this.#transport.call('explainPayment', named(id), options);
  }

  /** What happened to a payment, in the order of time. */
  timeline(id: string, options?: CallOptions): Promise<Timeline> {
    return this.#transport.call('getPaymentTimeline', named(id), options);
  }

  /** What it has posted to the journal, in the order of time. */
  async entries(id: string, options?: CallOptions): Promise<JournalEntry[]> {
    return (await this.#transport.call('listPaymentEntries', named(id), options)).entries;
  }

  /** Without an amount, all that is left of the payment. */
  refund(id: string, body: RefundRequest = {}, options?: CallOptions): Promise<Refund> {
    return this.#transport.call('refundPayment', { ...named(id), body }, options);
  }

  /** Waits until the payment is not PENDING any more. */
  waitFor(id: string, options: WaitOptions<Payment> = {}): Promise<Payment> {
    const read = this.#transport.reader('getPayment', named(id), options);
    return waitUntil(`The payment ${id}`, read, ({ status }) => status !== 'PENDING', options);
  }
}

/** Providers, the receivers of payments. */
export class Providers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `provider_id` is its idempotency key. Without it the request is sent once: a lost answer is an error. */
  create(body: ProviderRequest, options?: CallOptions): Promise<Provider> {
    return this.#transport.call('createProvider', { body }, options);
  }

  get(id: string, options?: CallOptions): Promise<Provider> {
    return this.#transport.call('getProvider', { params: { provider_id: id } }, options);
  }

  /** Newest first. */
  list(query: Query<'listProviders'> = {}, options?: CallOptions): Pages<Provider, AnswerBody<'listProviders'>> {
    return this.#transport.list('listProviders', { query }, 'providers', options);
  }
}
