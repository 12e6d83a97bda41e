/*
 * Generated from the route tables of the service by `npm run contract`. Do not edit.
 */

import type { Decimal, Int64 } from './exact-json.ts';

export type BatchRequest =
  | {
      /**
       * Your name for the batch, and its idempotency key. Without it the service chooses one.
       */
      batch_id?: string;
      auto_start?: boolean;
      /**
       * @minItems 1
       * @maxItems 15000
       */
      payouts: VendorPayout[];
      items?: never;
    }
  | {
      /**
       * Your name for the batch, and its idempotency key. Without it the service chooses one.
       */
      batch_id?: string;
      auto_start?: boolean;
      payouts?: never;
      /**
       * @minItems 1
       * @maxItems 15000
       */
      items: PixItem[];
    };
export type OrderRequest = SingleOrderRequest | CartRequest;
/**
 * A number of a currency’s minor unit, or a string of digits of an asset’s smallest unit.
 */
export type WalletAmount = Int64 | string;
export type DepositRequest = CurrencyDepositRequest | AssetDepositRequest;
/**
 * The registry of errors.
 */
export type ErrorCode =
  | 'VALIDATION_ERROR'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'INSUFFICIENT_FUNDS'
  | 'OUT_OF_STOCK'
  | 'INVALID_STATE'
  | 'REQUEST_IN_PROGRESS'
  | 'IDEMPOTENCY_MISMATCH'
  | 'PAYLOAD_TOO_LARGE'
  | 'RATE_LIMITED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'GATEWAY_ERROR'
  | 'GATEWAY_TIMEOUT';

/**
 * What each operation takes and answers. `text` is an answer that is no JSON.
 */
export interface Operations {
  /**
   * List batches, newest first
   */
  listBatches: {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      batches: BatchHeader[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Create a batch of payouts
   */
  createBatch: {
    body: BatchRequest;
    answer: CreatedBatch;
  };
  /**
   * Read a batch with the number of payouts in each status
   */
  getBatch: {
    params: {
      batch_id: string;
    };
    answer: Batch;
  };
  /**
   * List the payouts of a batch, in the order of the request
   */
  listPayouts: {
    params: {
      batch_id: string;
    };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      status?: ('pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown') | undefined;
      page?: number | undefined;
      page_size?: number | undefined;
    };
    answer: {
      payouts: Payout[];
      page: number;
      page_size: number;
      total_count: number;
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Send the dead-lettered chunks of a batch to the workers again
   */
  redriveBatch: {
    params: {
      batch_id: string;
    };
    answer: {
      batch_id: string;
      redriven_chunks: number[];
    };
  };
  /**
   * Read the result of a batch as JSON, or as CSV with `Accept: text/csv`
   */
  getReport: {
    params: {
      batch_id: string;
    };
    answer: BatchReport;
    text: string;
  };
  /**
   * Pay the retryable failures of a finished batch again
   */
  retryFailed: {
    params: {
      batch_id: string;
    };
    answer: {
      batch_id: string;
      status:
        | 'creating'
        | 'created'
        | 'in_progress'
        | 'stopping'
        | 'stopped'
        | 'completed'
        | 'partially_completed'
        | 'failed';
      /**
       * Counts starts: every start, resume and retry-failed begins a new run.
       */
      run: number;
      total_count: number;
      totals: Money[];
      created_at: string;
      started_at: string | null;
      finished_at: string | null;
      reopened_count: number;
      requeued: number;
    };
  };
  /**
   * Start a batch, or resume one that was stopped
   */
  startBatch: {
    params: {
      batch_id: string;
    };
    answer: BatchHeader;
  };
  /**
   * Stop a batch: once it is `stopped`, nothing is sent until start
   */
  stopBatch: {
    params: {
      batch_id: string;
    };
    answer: BatchHeader;
  };
  /**
   * Show this document as a page
   */
  getDocs: {
    answer: undefined;
    text: string;
  };
  /**
   * Read a script or a style sheet of the page
   */
  getDocsFile: {
    params: {
      file: string;
    };
    answer: undefined;
    text: string;
  };
  /**
   * Check the dependencies and the version of the data
   */
  getHealth: {
    answer: Health;
  };
  /**
   * Read this document
   */
  getOpenApi: {
    answer: {
      openapi: string;
    };
  };
  /**
   * Sell one product, or several together, or nothing
   */
  placeOrder: {
    body: OrderRequest;
    answer: Order;
  };
  /**
   * Read an order
   */
  getOrder: {
    params: {
      order_id: string;
    };
    answer: Order;
  };
  /**
   * Read a payment with its refunds
   */
  getPayment: {
    params: {
      payment_id: string;
    };
    answer: Payment;
  };
  /**
   * Return an approved payment to the wallet, or a part of it
   */
  refundPayment: {
    params: {
      payment_id: string;
    };
    body: RefundRequest;
    answer: Refund;
  };
  /**
   * Read a payout
   */
  getPayout: {
    params: {
      payout_id: string;
    };
    answer: Payout;
  };
  /**
   * Create a product with its whole stock
   */
  createProduct: {
    body: ProductRequest;
    answer: Product;
  };
  /**
   * Read a product with its stock
   */
  getProduct: {
    params: {
      product_id: string;
    };
    answer: Product;
  };
  /**
   * List providers, newest first
   */
  listProviders: {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      providers: Provider[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Create a provider, a receiver of payments
   */
  createProvider: {
    body: ProviderRequest;
    answer: Provider;
  };
  /**
   * Read a provider
   */
  getProvider: {
    params: {
      provider_id: string;
    };
    answer: Provider;
  };
  /**
   * Create a wallet, or add a currency to one
   */
  createWallet: {
    body: WalletRequest;
    answer: Wallet;
  };
  /**
   * Read the balances of a wallet
   */
  getBalance: {
    params: {
      user_id: string;
    };
    answer: Balance;
  };
  /**
   * Put money into a wallet
   */
  createDeposit: {
    params: {
      user_id: string;
    };
    body: DepositRequest;
    answer: Deposit;
  };
  /**
   * Pay a provider out of a wallet
   */
  createPayment: {
    params: {
      user_id: string;
    };
    body: PaymentRequest;
    answer: CreatedPayment;
  };
  /**
   * List the transactions of a wallet, newest first
   */
  listTransactions: {
    params: {
      user_id: string;
    };
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      type?: ('DEPOSIT' | 'PAYMENT' | 'REFUND' | 'HOLD' | 'RELEASE') | undefined;
    };
    answer: {
      transactions: WalletTransaction[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
}
export interface BatchHeader {
  batch_id: string;
  status:
    'creating' | 'created' | 'in_progress' | 'stopping' | 'stopped' | 'completed' | 'partially_completed' | 'failed';
  /**
   * Counts starts: every start, resume and retry-failed begins a new run.
   */
  run: number;
  total_count: number;
  totals: Money[];
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}
export interface Money {
  amount: number;
  amount_minor: Int64;
  currency: string;
}
export interface VendorPayout {
  vendor_id: string;
  vendor_name: string;
  /**
   * In major units, with at most the decimals of the currency. Read exactly, digit by digit.
   */
  amount: Decimal;
  /**
   * ISO 4217 code of a currency with a minor unit.
   */
  currency: string;
  /**
   * Sent to the rail unchanged, also if it is masked: a rail may hold accounts under a token.
   */
  bank_account: string;
  bank_name: string;
  /**
   * The sales that this payout pays. They are stored and shown, not checked.
   *
   * @maxItems 100
   */
  transaction_ids?: string[];
}
export interface PixItem {
  external_id: string;
  user_id: string;
  amount_cents: Int64;
  /**
   * At most 77 characters (BCB, DICT API). Only the directory can check it.
   */
  pix_key: string;
}
export interface CreatedBatch {
  batch_id: string;
  status:
    'creating' | 'created' | 'in_progress' | 'stopping' | 'stopped' | 'completed' | 'partially_completed' | 'failed';
  total_count: number;
  totals: Money[];
  created_at: string;
}
export interface Batch {
  batch_id: string;
  status:
    'creating' | 'created' | 'in_progress' | 'stopping' | 'stopped' | 'completed' | 'partially_completed' | 'failed';
  /**
   * Counts starts: every start, resume and retry-failed begins a new run.
   */
  run: number;
  total_count: number;
  totals: Money[];
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  counts: PayoutCounts;
  statistics: {
    total: number;
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    /**
     * Completed payouts, of those that have ended.
     */
    success_rate_percent: number;
    /**
     * Payouts that have ended, of all.
     */
    completion_rate_percent: number;
  };
  completed_totals: Money[];
  failed_totals: Money[];
  retryable_failures: number;
  dead_letters: DeadLetter[];
}
/**
 * They sum to `total_count` at every read.
 */
export interface PayoutCounts {
  pending: number;
  processing: number;
  completed: number;
  failed: number;
  retrying: number;
  unknown: number;
}
export interface DeadLetter {
  chunk: number;
  at: string;
  message_id: string;
  receives: number;
}
export interface Payout {
  payout_id: string;
  external_id: string;
  payee: {
    id: string;
    name?: string;
  };
  amount: number;
  amount_minor: Int64;
  currency: string;
  destination:
    | {
        type: 'pix';
        pix_key: string;
      }
    | {
        type: 'bank_account';
        bank_account: string;
        bank_name: string;
      };
  transaction_ids: string[];
  status: 'pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown';
  /**
   * What the rail knows the current attempt by.
   */
  reference: string;
  attempts: number;
  failure: {
    code: string;
    message: string;
    retryable: boolean;
  } | null;
  bank_id: string | null;
  updated_at: string;
}
export interface BatchReport {
  batch_id: string;
  status:
    'creating' | 'created' | 'in_progress' | 'stopping' | 'stopped' | 'completed' | 'partially_completed' | 'failed';
  /**
   * Counts starts: every start, resume and retry-failed begins a new run.
   */
  run: number;
  total_count: number;
  totals: Money[];
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  counts: PayoutCounts;
  statistics: {
    total: number;
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    /**
     * Completed payouts, of those that have ended.
     */
    success_rate_percent: number;
    /**
     * Payouts that have ended, of all.
     */
    completion_rate_percent: number;
  };
  completed_totals: Money[];
  failed_totals: Money[];
  retryable_failures: number;
  dead_letters: DeadLetter[];
  /**
   * Payouts that have ended: `successful` and `failed`.
   */
  processed: number;
  successful: number;
  failed: number;
  duplicates: number;
  /**
   * In the order of the request, as many as fit into an answer. The CSV has all.
   */
  details: {
    external_id: string;
    status: 'pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown';
    amount_cents: Int64;
  }[];
  details_omitted: number;
  failures_by_code: {
    code: string;
    count: number;
    retryable: boolean;
    totals: Money[];
  }[];
  failures: Payout[];
  failures_omitted: number;
}
export interface Health {
  status: 'ok' | 'mismatch' | 'degraded';
  checks: {
    [k: string]: 'up' | 'down';
  };
  migrations: {
    expected: number;
    found: number | null;
    dirty: boolean | null;
  };
}
export interface SingleOrderRequest {
  buyer_id: string;
  product_id: string;
  quantity: number;
  lines?: {
    [k: string]: unknown;
  };
}
export interface CartRequest {
  buyer_id: string;
  /**
   * Quantities of the same product are added.
   *
   * @minItems 1
   * @maxItems 90
   */
  lines: OrderRequestLine[];
  product_id?: {
    [k: string]: unknown;
  };
  quantity?: {
    [k: string]: unknown;
  };
}
export interface OrderRequestLine {
  product_id: string;
  quantity: number;
}
/**
 * An order of one product has the fields of its line at the top too.
 */
export interface Order {
  id: string;
  buyer_id: string;
  product_id?: string;
  quantity?: number;
  /**
   * Of one piece.
   */
  price_cents?: Int64;
  lines: OrderLine[];
  /**
   * May exceed 64 bits.
   */
  total_cents: number;
  created_at: string;
}
export interface OrderLine {
  product_id: string;
  quantity: number;
  /**
   * Of one piece.
   */
  price_cents: Int64;
}
export interface Payment {
  payment_id: string;
  user_id: string;
  provider_id: string;
  external_reference: string;
  amount: Int64;
  currency: string;
  status: 'PENDING' | 'APPROVED' | 'DECLINED' | 'FAILED';
  gateway_id: string | null;
  failure: {
    code: string;
    message: string;
  } | null;
  created_at: string;
  refunded_amount: Int64;
  refunds: {
    refund_id: string;
    amount: Int64;
    created_at: string;
  }[];
  updated_at: string;
}
export interface RefundRequest {
  /**
   * Without it, all that is left of the payment.
   */
  amount?: number;
}
export interface Refund {
  refund_id: string;
  amount: Int64;
  created_at: string;
  payment_id: string;
  user_id: string;
  currency: string;
}
export interface ProductRequest {
  /**
   * Your name for the product, and its idempotency key. Without it the service chooses one.
   */
  id?: string;
  name: string;
  stock: number;
  price_cents: number;
}
/**
 * `initial_stock` = `stock` + `sold`, at every read.
 */
export interface Product {
  id: string;
  name: string;
  price_cents: Int64;
  stock: number;
  initial_stock: number;
  sold: number;
  created_at: string;
}
export interface Provider {
  provider_id: string;
  name: string;
  created_at: string;
}
export interface ProviderRequest {
  /**
   * Your name for the provider, and its idempotency key. Without it the service chooses one.
   */
  provider_id?: string;
  name: string;
}
export interface WalletRequest {
  user_id: string;
  /**
   * ISO 4217 code of a currency with a minor unit, or the code of an asset that can be withdrawn.
   */
  currency: string;
}
export interface Wallet {
  user_id: string;
  balances: {
    currency: string;
    amount: WalletAmount;
  }[];
  created_at: string;
}
export interface Balance {
  user_id: string;
  balances: {
    currency: string;
    amount: WalletAmount;
  }[];
}
export interface CurrencyDepositRequest {
  amount: number;
  /**
   * ISO 4217 code of a currency with a minor unit.
   */
  currency: string;
}
export interface AssetDepositRequest {
  amount: string;
  /**
   * The code of an asset that can be withdrawn.
   */
  currency: string;
}
export interface Deposit {
  deposit_id: string;
  user_id: string;
  amount: WalletAmount;
  currency: string;
  balance: WalletAmount;
  created_at: string;
}
export interface PaymentRequest {
  provider_id: string;
  /**
   * The provider’s name for the debt, such as a bill number.
   */
  external_reference: string;
  amount: number;
  /**
   * ISO 4217 code of a currency with a minor unit.
   */
  currency: string;
}
export interface CreatedPayment {
  payment_id: string;
  user_id: string;
  provider_id: string;
  external_reference: string;
  amount: Int64;
  currency: string;
  status: 'APPROVED' | 'DECLINED';
  gateway_id: string | null;
  failure: {
    code: string;
    message: string;
  } | null;
  created_at: string;
}
export interface WalletTransaction {
  transaction_id: string;
  /**
   * Counts the entries of the wallet, without a gap.
   */
  seq: number;
  type: 'DEPOSIT' | 'PAYMENT' | 'REFUND' | 'HOLD' | 'RELEASE';
  amount: WalletAmount;
  currency: string;
  balance_after: WalletAmount;
  counter_account: string | null;
  payment_id: string | null;
  withdrawal_id: string | null;
  created_at: string;
}
/**
 * `path` names the field: `payouts[3].amount`.
 */
export interface ErrorDetail {
  path: string;
  reason: string;
  [k: string]: string | number;
}

/** The route of each operation; the statuses that are answers and no errors; whether it reads Idempotency-Key. */
export const operations = {
  listBatches: {"method":"GET","path":"/batches","answers":[200]},
  createBatch: {"method":"POST","path":"/batches","answers":[201],"key":"optional"},
  getBatch: {"method":"GET","path":"/batches/{batch_id}","answers":[200]},
  listPayouts: {"method":"GET","path":"/batches/{batch_id}/payouts","answers":[200]},
  redriveBatch: {"method":"POST","path":"/batches/{batch_id}/redrive","answers":[202]},
  getReport: {"method":"GET","path":"/batches/{batch_id}/report","answers":[200]},
  retryFailed: {"method":"POST","path":"/batches/{batch_id}/retry-failed","answers":[202]},
  startBatch: {"method":"POST","path":"/batches/{batch_id}/start","answers":[202]},
  stopBatch: {"method":"POST","path":"/batches/{batch_id}/stop","answers":[202]},
  getDocs: {"method":"GET","path":"/docs","answers":[200]},
  getDocsFile: {"method":"GET","path":"/docs/{file}","answers":[200]},
  getHealth: {"method":"GET","path":"/health","answers":[200,503]},
  getOpenApi: {"method":"GET","path":"/openapi.json","answers":[200]},
  placeOrder: {"method":"POST","path":"/orders","answers":[200],"key":"optional"},
  getOrder: {"method":"GET","path":"/orders/{order_id}","answers":[200]},
  getPayment: {"method":"GET","path":"/payments/{payment_id}","answers":[200]},
  refundPayment: {"method":"POST","path":"/payments/{payment_id}/refund","answers":[201],"key":"required"},
  getPayout: {"method":"GET","path":"/payouts/{payout_id}","answers":[200]},
  createProduct: {"method":"POST","path":"/products","answers":[201],"key":"optional"},
  getProduct: {"method":"GET","path":"/products/{product_id}","answers":[200]},
  listProviders: {"method":"GET","path":"/providers","answers":[200]},
  createProvider: {"method":"POST","path":"/providers","answers":[200,201]},
  getProvider: {"method":"GET","path":"/providers/{provider_id}","answers":[200]},
  createWallet: {"method":"POST","path":"/wallets","answers":[200,201]},
  getBalance: {"method":"GET","path":"/wallets/{user_id}/balance","answers":[200]},
  createDeposit: {"method":"POST","path":"/wallets/{user_id}/deposits","answers":[201],"key":"required"},
  createPayment: {"method":"POST","path":"/wallets/{user_id}/payments","answers":[200,201],"key":"required"},
  listTransactions: {"method":"GET","path":"/wallets/{user_id}/transactions","answers":[200]},
} as const;
