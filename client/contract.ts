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
   * Read a payout
   */
  getPayout: {
    params: {
      payout_id: string;
    };
    answer: Payout;
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
  getPayout: {"method":"GET","path":"/payouts/{payout_id}","answers":[200]},
} as const;
