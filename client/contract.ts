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
       * Claims each of `transaction_ids`, so that no sale is paid out twice.
       */
      claim_transactions?: boolean;
      /**
       * When the batch starts by itself, at most 90 days ahead. Without it the batch starts at once.
       */
      start_at?: string;
      /**
       * What happens to a payout whose key another payout has. `reject` (usual for `payouts`): the request is refused. `skip` (usual for `items`): the others are stored and paid, and the report names it. `allow`: keys are neither checked nor claimed.
       */
      duplicates?: 'reject' | 'skip' | 'allow';
      /**
       * What happens if some entries are invalid, but not all. `reject_all` (usual): the request is refused. `skip`: the others are stored and paid, and the invalid ones are in the report and in rejected.csv.
       */
      on_invalid?: 'reject_all' | 'skip';
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
      /**
       * Claims each of `transaction_ids`, so that no sale is paid out twice.
       */
      claim_transactions?: boolean;
      /**
       * When the batch starts by itself, at most 90 days ahead. Without it the batch starts at once.
       */
      start_at?: string;
      /**
       * What happens to a payout whose key another payout has. `reject` (usual for `payouts`): the request is refused. `skip` (usual for `items`): the others are stored and paid, and the report names it. `allow`: keys are neither checked nor claimed.
       */
      duplicates?: 'reject' | 'skip' | 'allow';
      /**
       * What happens if some entries are invalid, but not all. `reject_all` (usual): the request is refused. `skip`: the others are stored and paid, and the invalid ones are in the report and in rejected.csv.
       */
      on_invalid?: 'reject_all' | 'skip';
      payouts?: never;
      /**
       * @minItems 1
       * @maxItems 15000
       */
      items: PixItem[];
    };
export type Network = 'bitcoin' | 'ethereum' | 'polygon' | 'bsc' | 'arbitrum' | 'base' | 'optimism' | 'solana' | 'tron';
export type KeyScope =
  | 'payouts:read'
  | 'payouts:write'
  | 'withdrawals:read'
  | 'withdrawals:write'
  | 'wallets:read'
  | 'wallets:write'
  | 'orders:read'
  | 'orders:write'
  | 'transactions:read'
  | 'transactions:write'
  | 'settlement:read'
  | 'settlement:write'
  | 'webhooks:read'
  | 'webhooks:write'
  | 'payouts:approve'
  | 'operations'
  | 'admin';
/**
 * A number of a currency’s minor unit, or a string of digits of an asset’s smallest unit.
 */
export type LimitAmount = Int64 | string;
export type OrderRequest = SingleOrderRequest | CartRequest;
/**
 * A number of a currency’s minor unit, or a string of digits of an asset’s smallest unit.
 */
export type WalletAmount = Int64 | string;
export type TransactionsRequest =
  | {
      /**
       * @minItems 1
       * @maxItems 1000
       */
      transactions: TransactionRow[];
    }
  | TransactionRow[]
  | TransactionRow;
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
  | 'DUPLICATE'
  | 'LIMIT_EXCEEDED'
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
   * List what waits for other persons, or was decided, newest first
   */
  listApprovals: {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      status?: ('waiting' | 'approved' | 'rejected' | 'lapsed' | 'cancelled') | undefined;
    };
    answer: {
      approvals: Approval[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Read what is asked for, by whom, and what was decided
   */
  getApproval: {
    params: {
      approval_id: string;
    };
    answer: Approval;
  };
  /**
   * Approve what another person has asked for
   */
  approve: {
    params: {
      approval_id: string;
    };
    body: {
      /**
       * Kept with the decision, and part of its event.
       */
      reason: string;
      /**
       * Of the content that you have read.
       */
      digest: string;
    };
    answer: Approval;
  };
  /**
   * Reject what another person has asked for
   */
  reject: {
    params: {
      approval_id: string;
    };
    body: {
      /**
       * Kept with the decision, and part of its event.
       */
      reason: string;
    };
    answer: Approval;
  };
  /**
   * List events of all domains, or of one subject, oldest first
   */
  getAudit: {
    query?: {
      from?: string | undefined;
      to?: string | undefined;
      subject?: string | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      events: CloudEvent[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * List batches, newest first
   */
  listBatches: {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      status?:
        | (
            | 'creating'
            | 'discarding'
            | 'held'
            | 'awaiting_approval'
            | 'created'
            | 'scheduled'
            | 'in_progress'
            | 'stopping'
            | 'stopped'
            | 'cancelling'
            | 'completed'
            | 'partially_completed'
            | 'failed'
            | 'cancelled'
            | 'rejected'
          )
        | undefined;
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
    query?: {
      dry_run?: ('true' | 'false') | undefined;
    };
    body: BatchRequest;
    answer: BatchDryRun | CreatedBatch;
  };
  /**
   * Create an upload of up to 1,000,000 payouts, with a link for its file
   */
  createUpload: {
    body: UploadRequest;
    answer: CreatedUpload;
  };
  /**
   * Read the progress of a file of payouts, and its batches
   */
  getUpload: {
    params: {
      upload_id: string;
    };
    answer: Upload;
  };
  /**
   * Cancel what was not sent, of all batches of an upload
   */
  cancelUpload: {
    params: {
      upload_id: string;
    };
    body: {
      reason: string;
    };
    answer: Upload;
  };
  /**
   * Read the rows of a file that are not valid, to correct them and upload them again
   */
  getUploadRejected: {
    params: {
      upload_id: string;
    };
    query?: {
      after_line?: number | undefined;
    };
    answer: undefined;
    text: string;
  };
  /**
   * Download the report of all payouts of a file, once it is written
   */
  getUploadReport: {
    params: {
      upload_id: string;
    };
    answer: Link;
  };
  /**
   * Write a report of all payouts of an upload, one line for each
   */
  requestUploadReport: {
    params: {
      upload_id: string;
    };
    answer: Upload;
  };
  /**
   * Start all batches of an upload, or resume those that were stopped
   */
  startUpload: {
    params: {
      upload_id: string;
    };
    answer: Upload;
  };
  /**
   * Stop all batches of an upload
   */
  stopUpload: {
    params: {
      upload_id: string;
    };
    answer: Upload;
  };
  /**
   * Read a file that is uploaded, instead of waiting for the notification of the upload
   */
  submitUpload: {
    params: {
      upload_id: string;
    };
    answer: Upload;
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
   * Cancel all payouts of a batch that were not sent
   */
  cancelBatch: {
    params: {
      batch_id: string;
    };
    body: {
      reason: string;
    };
    answer: Batch;
  };
  /**
   * List the chunks of a batch: which worker holds each one, and the statuses of its payouts
   */
  listChunks: {
    params: {
      batch_id: string;
    };
    answer: {
      chunks: Chunk[];
    };
  };
  /**
   * Explain a batch: why it has its status, what happens next, what a person may do
   */
  explainBatch: {
    params: {
      batch_id: string;
    };
    answer: Explanation;
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
      status?:
        | ('pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown' | 'cancelled' | 'returned')
        | undefined;
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
   * Read the invalid entries of a request with `on_invalid: "skip"`, to correct them and send them again
   */
  getRejectedEntries: {
    params: {
      batch_id: string;
    };
    answer: undefined;
    text: string;
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
    query?: {
      codes?: string | undefined;
    };
    answer: {
      batch_id: string;
      status:
        | 'creating'
        | 'discarding'
        | 'held'
        | 'awaiting_approval'
        | 'created'
        | 'scheduled'
        | 'in_progress'
        | 'stopping'
        | 'stopped'
        | 'cancelling'
        | 'completed'
        | 'partially_completed'
        | 'failed'
        | 'cancelled'
        | 'rejected';
      /**
       * Of a batch that other persons have to approve.
       */
      approval_id: string | null;
      /**
       * Entries of the request that are not stored, because they are invalid. Not part of `total_count`.
       */
      invalid_count: number;
      /**
       * Every start, resume, retry-failed and cancel begins a new run.
       */
      run: number;
      total_count: number;
      /**
       * Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.
       */
      duplicates_count: number;
      totals: Money[];
      /**
       * When the batch starts by itself.
       */
      start_at: string | null;
      /**
       * Of a scheduled batch: from `start_at` to its start.
       */
      started_late_seconds: number | null;
      created_at: string;
      started_at: string | null;
      finished_at: string | null;
      /**
       * The request to cancel the batch.
       */
      cancellation: {
        reason: string;
        at: string;
      } | null;
      reopened_count: number;
      requeued: number;
      /**
       * Payouts that stay failed, because other payouts have their keys by now.
       */
      kept: {
        payout_id: string;
        holder_payout_id: string;
      }[];
    };
  };
  /**
   * Change the time at which a scheduled batch starts
   */
  scheduleBatch: {
    params: {
      batch_id: string;
    };
    body: ScheduleRequest;
    answer: BatchHeader;
  };
  /**
   * Start a batch, also a scheduled one before its time, or resume one that was stopped
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
   * Read a delivery with all its attempts and their answers
   */
  getWebhookDelivery: {
    params: {
      delivery_id: string;
    };
    answer: WebhookDeliveryWithAttempts;
  };
  /**
   * Send a delivery again that was delivered or has failed
   */
  replayWebhookDelivery: {
    params: {
      delivery_id: string;
    };
    answer: WebhookDelivery;
  };
  /**
   * List the denied addresses of a network, newest first
   */
  listDeniedAddresses: {
    query: {
      network: 'bitcoin' | 'ethereum' | 'polygon' | 'bsc' | 'arbitrum' | 'base' | 'optimism' | 'solana' | 'tron';
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      addresses: DeniedAddress[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Deny an address: nothing is sent to it
   */
  denyAddress: {
    params: {
      network: 'bitcoin' | 'ethereum' | 'polygon' | 'bsc' | 'arbitrum' | 'base' | 'optimism' | 'solana' | 'tron';
      address: string;
    };
    body: DenyRequest;
    answer: DeniedAddress;
  };
  /**
   * Allow a denied address again
   */
  allowAddress: {
    params: {
      network: 'bitcoin' | 'ethereum' | 'polygon' | 'bsc' | 'arbitrum' | 'base' | 'optimism' | 'solana' | 'tron';
      address: string;
    };
    answer: Approval;
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
      file: 'swagger-ui.css' | 'swagger-ui-bundle.js' | 'initialize.js';
    };
    answer: undefined;
    text: string;
  };
  /**
   * Download the file of a completed job, or its manifest
   */
  download: {
    params: {
      /**
       * `<job_id>.csv` or `<job_id>.manifest.json`.
       */
      file: string;
    };
    answer: Link;
  };
  /**
   * Check that the service runs and that the data has its version
   */
  getHealth: {
    answer: Health;
  };
  /**
   * Check the database, the queue, each rail and the version of the data
   */
  getDeepHealth: {
    answer: Health;
  };
  /**
   * List jobs, newest first
   */
  listJobs: {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      jobs: Job[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Settle every merchant for every day of a range
   */
  createJob: {
    body: SettlementRequest;
    answer: AcceptedJob;
  };
  /**
   * Read a job with its progress
   */
  getJob: {
    params: {
      job_id: string;
    };
    answer: JobWithProgress;
  };
  /**
   * Cancel a job: it stops within one page of rows, and its files are removed
   */
  cancelJob: {
    params: {
      job_id: string;
    };
    query?: {
      reason?: string | undefined;
    };
    answer: Job;
  };
  /**
   * Explain a job: why it has its status, what happens next, what a person may do
   */
  explainJob: {
    params: {
      job_id: string;
    };
    answer: Explanation;
  };
  /**
   * List the API keys, newest first
   */
  listKeys: {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      keys: KeyWithUse[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Create an API key for a person
   */
  createKey: {
    body: KeyRequest;
    answer: KeyWithSecret;
  };
  /**
   * Read the key of this request: its scopes, limits, their use today, and its expiry
   */
  getOwnKey: {
    answer: OwnKey;
  };
  /**
   * Give the key of this request a new secret
   */
  rotateOwnKey: {
    body: KeyRotateRequest;
    answer: KeyWithSecret;
  };
  /**
   * Read an API key, without its secret
   */
  getKey: {
    params: {
      key_id: string;
    };
    answer: KeyWithUse;
  };
  /**
   * Replace name, scopes, limits and expiry of an API key
   */
  changeKey: {
    params: {
      key_id: string;
    };
    body: KeyChangeRequest;
    answer: Key | Approval;
  };
  /**
   * Revoke an API key: it is refused everywhere within 60 s
   */
  revokeKey: {
    params: {
      key_id: string;
    };
    answer: Key;
  };
  /**
   * Give an API key a new secret
   */
  rotateKey: {
    params: {
      key_id: string;
    };
    body: KeyRotateRequest;
    answer: KeyWithSecret;
  };
  /**
   * Read the metrics in the format OpenMetrics 1.0
   */
  getMetrics: {
    answer: undefined;
    text: string;
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
   * Read what waits and what has failed in all domains, and the circuits to the rails
   */
  getOperations: {
    answer: OperationsOverview;
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
   * List the journal entries of a payment, in the order of time
   */
  listPaymentEntries: {
    params: {
      payment_id: string;
    };
    answer: {
      entries: JournalEntry[];
    };
  };
  /**
   * Explain a payment: why it has its status, what happens next, what a person may do
   */
  explainPayment: {
    params: {
      payment_id: string;
    };
    answer: Explanation;
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
   * List what happened to a payment, in the order of time
   */
  getPaymentTimeline: {
    params: {
      payment_id: string;
    };
    answer: Timeline;
  };
  /**
   * Find payouts by their own id, a transaction, their batch, or a status that a person may have to act on
   */
  findPayouts: {
    query?: {
      external_id?: string | undefined;
      transaction_id?: string | undefined;
      batch_id?: string | undefined;
      status?:
        | ('pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown' | 'cancelled' | 'returned')
        | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      payouts: Payout[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Read what moves now: batches, payouts and money under way, and what may need a person
   */
  getOverview: {
    answer: PayoutOverview;
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
   * Cancel a payout
   */
  cancelPayout: {
    params: {
      payout_id: string;
    };
    body: {
      reason: string;
    };
    answer: Payout;
  };
  /**
   * Explain a payout: why it has its status, what was asked of the rail, what happens next, what a person may do
   */
  explainPayout: {
    params: {
      payout_id: string;
    };
    answer: Explanation;
  };
  /**
   * Look a payout up at the rail now, if its outcome is unknown
   */
  lookUpPayout: {
    params: {
      payout_id: string;
    };
    answer: {
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
      status: 'pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown' | 'cancelled' | 'returned';
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
      /**
       * Why the rail gave the money back.
       */
      returned: {
        code: string;
        at: string;
      } | null;
      /**
       * The request to cancel this payout alone. `status` tells how it ended.
       */
      cancellation: {
        reason: string;
        at: string;
      } | null;
      /**
       * Since when its outcome is not known.
       */
      unknown_since: string | null;
      updated_at: string;
      look_up_at: string;
    };
  };
  /**
   * List what happened to a payout, in the order of time
   */
  getPayoutTimeline: {
    params: {
      payout_id: string;
    };
    answer: Timeline;
  };
  /**
   * Read the rules that say what other persons have to approve
   */
  getApprovalPolicy: {
    answer: ApprovalPolicy;
  };
  /**
   * Replace the rules that say what other persons have to approve
   */
  setApprovalPolicy: {
    body: {
      /**
       * @maxItems 50
       */
      rules: ApprovalRuleRequest[];
    };
    answer: ApprovalPolicy | Approval;
  };
  /**
   * Send dead-lettered withdrawals to the workers again, up to 5,000: repeat it until 0
   */
  redriveWithdrawals: {
    answer: {
      redriven: number;
    };
  };
  /**
   * Start the processor of withdrawals
   */
  startProcessor: {
    answer: Processor;
  };
  /**
   * Count the withdrawals by status and outcome
   */
  getProcessorStats: {
    answer: ProcessorStats;
  };
  /**
   * Stop the processor: once it is `STOPPED`, nothing is sent until start
   */
  stopProcessor: {
    answer: Processor;
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
   * List what the rail has said of payouts that it gave back, newest first
   */
  listNotifications: {
    query?: {
      limit?: number | undefined;
      cursor?: string | undefined;
      status?: ('waiting' | 'applied' | 'dead_letter') | undefined;
    };
    answer: {
      notifications: Notification[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Tell that the rail has given the money of a payout back
   */
  notify: {
    body: RailNotification;
    answer: NotificationResult;
  };
  /**
   * Apply a dead-lettered notification again
   */
  redriveNotification: {
    params: {
      notification_id: string;
    };
    answer: NotificationResult;
  };
  /**
   * Read the session of the console: whose key it is, and when it ends
   */
  getSession: {
    answer: Session;
  };
  /**
   * Sign in to the console with the key of this request
   */
  openSession: {
    answer: Session;
  };
  /**
   * Sign out of the console
   */
  closeSession: {
    answer: undefined;
  };
  /**
   * List settlements of one merchant by day, or of all by day, shard and merchant
   */
  listSettlements: {
    query: {
      from: string;
      /**
       * At most 92 days in all, both ends included.
       */
      to: string;
      merchant_id?: string | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      settlements: Settlement[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Store up to 1,000 transactions, each once
   */
  storeTransactions: {
    body: TransactionsRequest;
    answer: StoredTransactions;
  };
  /**
   * Create an import, with a link for the upload of its file
   */
  createImport: {
    body: ImportRequest;
    answer: CreatedImport;
  };
  /**
   * Read the progress of an import
   */
  getImport: {
    params: {
      import_id: string;
    };
    answer: Import;
  };
  /**
   * Download the report of rejected rows
   */
  getRejected: {
    params: {
      import_id: string;
    };
    answer: Link;
  };
  /**
   * Start an import whose file is uploaded, instead of waiting for the notification of the upload
   */
  startImport: {
    params: {
      import_id: string;
    };
    answer: Import;
  };
  /**
   * Read a transaction
   */
  getTransaction: {
    params: {
      transaction_id: string;
    };
    answer: Transaction;
  };
  /**
   * Create a wallet, or add a currency to one
   */
  createWallet: {
    body: WalletRequest;
    answer: Wallet;
  };
  /**
   * Read the balances of a wallet, now or at an earlier time
   */
  getBalance: {
    params: {
      user_id: string;
    };
    query?: {
      as_of?: string | undefined;
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
      from?: string | undefined;
      to?: string | undefined;
    };
    answer: {
      transactions: WalletTransaction[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * List the webhook endpoints, oldest first
   */
  listWebhookEndpoints: {
    answer: {
      endpoints: WebhookEndpoint[];
    };
  };
  /**
   * Create a webhook endpoint: events are sent to its URL from now on
   */
  createWebhookEndpoint: {
    body: WebhookEndpointRequest;
    answer: WebhookEndpointWithSecret;
  };
  /**
   * Read a webhook endpoint, without its secret
   */
  getWebhookEndpoint: {
    params: {
      endpoint_id: string;
    };
    answer: WebhookEndpoint;
  };
  /**
   * Change a webhook endpoint, disable or enable it
   */
  changeWebhookEndpoint: {
    params: {
      endpoint_id: string;
    };
    body: WebhookEndpointChange;
    answer: WebhookEndpoint;
  };
  /**
   * Delete a webhook endpoint: what waits for it is never sent
   */
  deleteWebhookEndpoint: {
    params: {
      endpoint_id: string;
    };
    answer: undefined;
  };
  /**
   * List what was and is to be delivered to an endpoint, the last to change first
   */
  listWebhookDeliveries: {
    params: {
      endpoint_id: string;
    };
    query?: {
      status?: ('pending' | 'delivered' | 'failed') | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      deliveries: WebhookDelivery[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Send a range of events again, or all that were never delivered
   */
  replayWebhooks: {
    params: {
      endpoint_id: string;
    };
    body: WebhookReplayRequest;
    answer: WebhookReplay;
  };
  /**
   * Give a webhook endpoint a new secret
   */
  rotateWebhookSecret: {
    params: {
      endpoint_id: string;
    };
    body: WebhookRotateRequest;
    answer: WebhookEndpointWithSecret;
  };
  /**
   * Send the event `webhook_endpoint.test` to this endpoint only
   */
  testWebhookEndpoint: {
    params: {
      endpoint_id: string;
    };
    answer: WebhookDelivery;
  };
  /**
   * List the withdrawals of a user, newest first
   */
  listWithdrawals: {
    query: {
      user_id: string;
      status?:
        | (
            | 'PENDING'
            | 'PROCESSING'
            | 'COMPLETED'
            | 'RETRYING'
            | 'FAILED'
            | 'UNKNOWN'
            | 'AWAITING_APPROVAL'
            | 'REJECTED'
          )
        | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      withdrawals: Withdrawal[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Create a withdrawal
   */
  createWithdrawal: {
    body: WithdrawalRequest;
    answer: {
      withdrawal: Withdrawal;
      already_exists: boolean;
    };
  };
  /**
   * Read the withdrawal that a request with this key made
   */
  getWithdrawalByKey: {
    params: {
      key: string;
    };
    query: {
      user_id: string;
    };
    answer: {
      withdrawal: Withdrawal;
    };
  };
  /**
   * List the withdrawals of all users that have not ended, in one part of their index, in the order of its times
   */
  listOpenWithdrawals: {
    query: {
      /**
       * due: by the time from which a worker may take it. in_flight: leased or unknown, by the end of the lease or the next look-up. dead: by the time of its dead letter. waiting: for its approval, by its creation.
       */
      part: 'due' | 'in_flight' | 'dead' | 'waiting';
      limit?: number | undefined;
      cursor?: string | undefined;
    };
    answer: {
      withdrawals: Withdrawal[];
      /**
       * Null on the last page.
       */
      next_cursor: string | null;
    };
  };
  /**
   * Read a withdrawal
   */
  getWithdrawal: {
    params: {
      withdrawal_id: string;
    };
    answer: {
      withdrawal: Withdrawal;
    };
  };
  /**
   * List the journal entries of a withdrawal, in the order of time
   */
  listWithdrawalEntries: {
    params: {
      withdrawal_id: string;
    };
    answer: {
      entries: JournalEntry[];
    };
  };
  /**
   * Explain a withdrawal: why it has its status, what happens next, what a person may do
   */
  explainWithdrawal: {
    params: {
      withdrawal_id: string;
    };
    answer: Explanation;
  };
  /**
   * Retry a withdrawal that has failed
   */
  retryWithdrawal: {
    params: {
      withdrawal_id: string;
    };
    answer: {
      withdrawal: Withdrawal;
    };
  };
  /**
   * List what happened to a withdrawal, in the order of time
   */
  getWithdrawalTimeline: {
    params: {
      withdrawal_id: string;
    };
    answer: Timeline;
  };
}
export interface Approval {
  approval_id: string;
  kind: 'batch' | 'withdrawal' | 'deny_list_removal' | 'key' | 'policy';
  /**
   * The id of the batch, the withdrawal, the key ...
   */
  subject_id: string;
  status: 'waiting' | 'approved' | 'rejected' | 'lapsed' | 'cancelled';
  /**
   * Of the content. Send it when you approve.
   */
  digest: string;
  maker: {
    person: string;
    key_id: string;
  };
  approvers_needed: number;
  decisions: ApprovalDecision[];
  policy_version: number;
  asked: {
    payment_count: number;
    totals_minor: {
      [k: string]: string;
    };
    largest: AskedPayment[];
    /**
     * Payments to a payee or an account that was never paid.
     */
    new_count: number;
    new: AskedPayment[];
    change: unknown;
  };
  created_at: string;
  lapses_at: string;
  ended_at: string | null;
}
export interface ApprovalDecision {
  person: string;
  key_id: string;
  decision: 'approve' | 'reject';
  reason: string;
  at: string;
}
/**
 * `account` shows the last characters only.
 */
export interface AskedPayment {
  name: string;
  payee: string;
  account: string;
  amount_minor: string;
  currency: string;
}
/**
 * CloudEvents 1.0. Amounts are strings of minor units.
 */
export interface CloudEvent {
  specversion: '1.0';
  /**
   * The same whenever the event is delivered again.
   */
  id: string;
  source: string;
  /**
   * The id of the entity that changed.
   */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  /**
   * The X-Request-Id of the request that caused it.
   */
  requestid?: string;
  /**
   * The key that caused it. The service itself has none.
   */
  principalid?: string;
  /**
   * The name of this key.
   */
  principalname?: string;
  type:
    | 'payment.created'
    | 'payment.completed'
    | 'payment.failed'
    | 'refund.created'
    | 'deposit.created'
    | 'withdrawal.created'
    | 'withdrawal.completed'
    | 'withdrawal.failed'
    | 'withdrawal.retrying'
    | 'withdrawal.rejected'
    | 'key.created'
    | 'key.changed'
    | 'key.rotated'
    | 'key.revoked'
    | 'session.opened'
    | 'session.closed'
    | 'approval.requested'
    | 'approval.approved'
    | 'approval.rejected'
    | 'approval.lapsed'
    | 'approval.cancelled'
    | 'policy.changed'
    | 'withdrawal.dead_lettered'
    | 'withdrawal.redriven'
    | 'webhook_endpoint.created'
    | 'webhook_endpoint.changed'
    | 'webhook_endpoint.secret_rotated'
    | 'webhook_endpoint.disabled'
    | 'webhook_endpoint.deleted'
    | 'webhook_endpoint.replay_requested'
    | 'webhook_endpoint.test'
    | 'webhook_delivery.replayed'
    | 'epoch.raised'
    | 'processor.started'
    | 'processor.stopped'
    | 'address.denied'
    | 'address.allowed'
    | 'wallet.opened'
    | 'provider.created'
    | 'product.created'
    | 'order.placed'
    | 'transactions.stored'
    | 'import.created'
    | 'import.started'
    | 'import.advanced'
    | 'import.completed'
    | 'import.failed'
    | 'upload.requested'
    | 'batch.created'
    | 'batch.approved'
    | 'batch.rejected'
    | 'batch.scheduled'
    | 'batch.rescheduled'
    | 'batch.started'
    | 'batch.stop_requested'
    | 'batch.stopped'
    | 'batch.completed'
    | 'batch.retried'
    | 'batch.dead_lettered'
    | 'batch.redriven'
    | 'batch.cancel_requested'
    | 'payout.cancel_requested'
    | 'payout.look_up_requested'
    | 'payout.failed'
    | 'payout.cancelled'
    | 'payout.returned'
    | 'notification.dead_lettered'
    | 'notification.redriven'
    | 'settlement.requested'
    | 'settlement.started'
    | 'settlement.cancel_requested'
    | 'settlement.cancelled'
    | 'settlement.failed'
    | 'settlement.completed';
  data: {
    [k: string]:
      | string
      | number
      | boolean
      | null
      | {
          [k: string]: string;
        }
      | {
          [k: string]: string | number | boolean | null;
        }[];
  };
}
export interface BatchHeader {
  batch_id: string;
  status:
    | 'creating'
    | 'discarding'
    | 'held'
    | 'awaiting_approval'
    | 'created'
    | 'scheduled'
    | 'in_progress'
    | 'stopping'
    | 'stopped'
    | 'cancelling'
    | 'completed'
    | 'partially_completed'
    | 'failed'
    | 'cancelled'
    | 'rejected';
  /**
   * Of a batch that other persons have to approve.
   */
  approval_id: string | null;
  /**
   * Entries of the request that are not stored, because they are invalid. Not part of `total_count`.
   */
  invalid_count: number;
  /**
   * Every start, resume, retry-failed and cancel begins a new run.
   */
  run: number;
  total_count: number;
  /**
   * Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.
   */
  duplicates_count: number;
  totals: Money[];
  /**
   * When the batch starts by itself.
   */
  start_at: string | null;
  /**
   * Of a scheduled batch: from `start_at` to its start.
   */
  started_late_seconds: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * The request to cancel the batch.
   */
  cancellation: {
    reason: string;
    at: string;
  } | null;
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
   * Your id of the payout, claimed once for ever: no other payout gets it, in any batch.
   */
  external_id?: string;
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
   * The sales that this payout pays. With `claim_transactions`, no other payout pays them.
   *
   * @maxItems 100
   */
  transaction_ids?: string[];
}
export interface PixItem {
  /**
   * Claimed once for ever, unless `duplicates` is "allow".
   */
  external_id: string;
  user_id: string;
  amount_cents: Int64;
  /**
   * At most 77 characters (BCB, DICT API). Only the directory can check it.
   */
  pix_key: string;
}
export interface BatchDryRun {
  /**
   * Whether no field of the request is invalid.
   */
  valid: boolean;
  /**
   * What the request would be answered with now. `null`: it would be stored, or is stored already.
   */
  error: {
    code: string;
    message: string;
  } | null;
  /**
   * All reasons to refuse the request, as many as fit into an answer.
   */
  problems: ErrorDetail[];
  problems_omitted: number;
  /**
   * The batch that has this id.
   */
  existing: {
    batch_id: string;
    status:
      | 'creating'
      | 'discarding'
      | 'held'
      | 'awaiting_approval'
      | 'created'
      | 'scheduled'
      | 'in_progress'
      | 'stopping'
      | 'stopped'
      | 'cancelling'
      | 'completed'
      | 'partially_completed'
      | 'failed'
      | 'cancelled'
      | 'rejected';
    same_content: boolean;
  } | null;
  /**
   * Payouts that would be stored.
   */
  total_count: number;
  totals: Money[];
  /**
   * Entries of the request that are not stored, because they are invalid. Not part of `total_count`.
   */
  invalid_count: number;
  /**
   * What is invalid in them, as much as fits into an answer.
   */
  invalid: ErrorDetail[];
  /**
   * Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.
   */
  duplicates_count: number;
  /**
   * As many as fit into an answer.
   */
  duplicates: DryRunDuplicate[];
  /**
   * Payouts whose keys belong to a batch that is being created: whether they are duplicates is not known yet. They count as stored.
   */
  being_stored: DryRunDuplicate[];
  /**
   * The daily limits of the API key. Duplicates count too.
   */
  limits: {
    currency: string;
    day: string;
    /**
     * Minor units.
     */
    limit: string;
    /**
     * Minor units.
     */
    used: string;
    /**
     * Minor units.
     */
    left: string;
    /**
     * Minor units.
     */
    asked: string;
    exceeded: boolean;
  }[];
  /**
   * The rules that the request meets, and what they ask for together.
   */
  approval: {
    approvers: number;
    lapses_after_hours: number;
    rules: ApprovalRule[];
  } | null;
}
/**
 * `path` names the field: `payouts[3].amount`.
 */
export interface ErrorDetail {
  path: string;
  reason: string;
  [k: string]: string | number;
}
/**
 * `position` counts from 1.
 */
export interface DryRunDuplicate {
  position: number;
  external_id: string;
  amount: number;
  amount_minor: Int64;
  currency: string;
  key: {
    kind: 'external_id' | 'transaction_id';
    value: string;
  };
  holder: {
    payout_id: string;
    batch_id: string;
    /**
     * As stored now.
     */
    status:
      ('pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown' | 'cancelled' | 'returned') | null;
  };
}
export interface ApprovalRule {
  kind: 'batch' | 'withdrawal' | 'deny_list_removal';
  currency: string | null;
  total_from_minor: string | null;
  largest_from_minor: string | null;
  new_payee: boolean;
  approvers: number;
  lapses_after_hours: number;
}
export interface CreatedBatch {
  batch_id: string;
  status:
    | 'creating'
    | 'discarding'
    | 'held'
    | 'awaiting_approval'
    | 'created'
    | 'scheduled'
    | 'in_progress'
    | 'stopping'
    | 'stopped'
    | 'cancelling'
    | 'completed'
    | 'partially_completed'
    | 'failed'
    | 'cancelled'
    | 'rejected';
  /**
   * Of a batch that other persons have to approve.
   */
  approval_id: string | null;
  total_count: number;
  /**
   * Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.
   */
  duplicates_count: number;
  /**
   * Entries of the request that are not stored, because they are invalid. Not part of `total_count`.
   */
  invalid_count: number;
  /**
   * What is invalid in them, as much as fits into an answer.
   */
  invalid: ErrorDetail[];
  totals: Money[];
  /**
   * When the batch starts by itself.
   */
  start_at: string | null;
  created_at: string;
}
export interface UploadRequest {
  format: 'csv' | 'jsonl';
  auto_start?: boolean;
  /**
   * Claims each of `transaction_ids`, so that no sale is paid out twice.
   */
  claim_transactions?: boolean;
  /**
   * `reject_all`: one row that is not valid refuses the file. `skip`: only the valid rows are stored.
   */
  on_invalid?: 'reject_all' | 'skip';
  /**
   * What happens to a payout whose key another payout has. `reject`: nothing of the file is paid. `skip`: the others are. `allow`: keys are neither checked nor claimed.
   */
  duplicates?: 'reject' | 'skip' | 'allow';
}
export interface CreatedUpload {
  upload_id: string;
  status:
    | 'awaiting_upload'
    | 'checking'
    | 'storing'
    | 'refused'
    | 'awaiting_approval'
    | 'created'
    | 'in_progress'
    | 'stopping'
    | 'stopped'
    | 'cancelling'
    | 'completed'
    | 'partially_completed'
    | 'failed'
    | 'cancelled'
    | 'rejected';
  format: 'csv' | 'jsonl';
  /**
   * PUT the file here. No key is needed.
   */
  upload_url: string;
  /**
   * The last time at which an upload can begin.
   */
  expires_at: string;
}
export interface Upload {
  upload_id: string;
  status:
    | 'awaiting_upload'
    | 'checking'
    | 'storing'
    | 'refused'
    | 'awaiting_approval'
    | 'created'
    | 'in_progress'
    | 'stopping'
    | 'stopped'
    | 'cancelling'
    | 'completed'
    | 'partially_completed'
    | 'failed'
    | 'cancelled'
    | 'rejected';
  format: 'csv' | 'jsonl';
  /**
   * Of an upload that other persons have to approve.
   */
  approval_id: string | null;
  created_at: string;
  /**
   * Of the current pass.
   */
  progress: number;
  bytes_done: number;
  bytes_total: number;
  /**
   * Rows read: by the first pass while it checks, else by the second one.
   */
  rows: number;
  stored: number;
  duplicates: number;
  rejected: number;
  /**
   * Of what is stored.
   */
  totals: {
    amount_minor: Int64;
    currency: string;
  }[];
  batches: {
    batch_id: string;
    status:
      | 'creating'
      | 'discarding'
      | 'held'
      | 'awaiting_approval'
      | 'created'
      | 'scheduled'
      | 'in_progress'
      | 'stopping'
      | 'stopped'
      | 'cancelling'
      | 'completed'
      | 'partially_completed'
      | 'failed'
      | 'cancelled'
      | 'rejected';
    total_count: number;
    chunks_done: number;
    chunk_count: number;
  }[];
  /**
   * Payouts of the batches that have ended, as they were at their end. `open`: those of the others.
   */
  counts: {
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    cancelled: number;
    returned: number;
  };
  open: number;
  /**
   * The path of the report of rejected rows, if there are any.
   */
  rejected_url?: string;
  report: 'none' | 'writing' | 'ready';
  /**
   * Only if the upload is refused.
   */
  error?: string;
}
export interface Link {
  location: string;
}
export interface Batch {
  batch_id: string;
  status:
    | 'creating'
    | 'discarding'
    | 'held'
    | 'awaiting_approval'
    | 'created'
    | 'scheduled'
    | 'in_progress'
    | 'stopping'
    | 'stopped'
    | 'cancelling'
    | 'completed'
    | 'partially_completed'
    | 'failed'
    | 'cancelled'
    | 'rejected';
  /**
   * Of a batch that other persons have to approve.
   */
  approval_id: string | null;
  /**
   * Entries of the request that are not stored, because they are invalid. Not part of `total_count`.
   */
  invalid_count: number;
  /**
   * Every start, resume, retry-failed and cancel begins a new run.
   */
  run: number;
  total_count: number;
  /**
   * Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.
   */
  duplicates_count: number;
  totals: Money[];
  /**
   * When the batch starts by itself.
   */
  start_at: string | null;
  /**
   * Of a scheduled batch: from `start_at` to its start.
   */
  started_late_seconds: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * The request to cancel the batch.
   */
  cancellation: {
    reason: string;
    at: string;
  } | null;
  counts: PayoutCounts;
  statistics: {
    total: number;
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    cancelled: number;
    returned: number;
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
  cancelled_totals: Money[];
  returned_totals: Money[];
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
  cancelled: number;
  returned: number;
}
export interface DeadLetter {
  chunk: number;
  at: string;
  message_id: string;
  receives: number;
}
export interface Chunk {
  /**
   * Counts from 1.
   */
  chunk: number;
  total_count: number;
  counts: {
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    cancelled: number;
    returned: number;
  };
  /**
   * Rounds of work since it was opened.
   */
  rounds: number;
  /**
   * No worker takes it before this time. Null: now.
   */
  due_at: string | null;
  /**
   * The worker that holds it. Only that one may pay its payouts, until this time.
   */
  lease: {
    owner: string;
    until: string;
  } | null;
  /**
   * Its message is in the dead-letter queue, until it is redriven.
   */
  dead_lettered: boolean;
}
export interface Explanation {
  kind: 'payout' | 'batch' | 'withdrawal' | 'payment' | 'job';
  id: string;
  status: string;
  /**
   * Why it has this status, in sentences.
   */
  why: string[];
  /**
   * The last ones, in the order of their use.
   */
  references: UsedReference[];
  /**
   * The first ones and the last ones, in their order.
   */
  calls: RailCall[];
  /**
   * Rounds of calls that are missing after the first one.
   */
  calls_omitted: number;
  /**
   * Who alone may work on it, and until when. Of a batch: the lease that ends last.
   */
  lease: {
    /**
     * The worker.
     */
    holder: string;
    until: string;
    sentence: string;
  } | null;
  /**
   * What happens next without a person. `null`: nothing.
   */
  next: {
    /**
     * `null`: the time is not known.
     */
    at: string | null;
    sentence: string;
  } | null;
  /**
   * What a person may do.
   */
  actions: PossibleAction[];
}
/**
 * A name under which the rail knows an attempt, and what is known of it.
 */
export interface UsedReference {
  reference: string;
  state: 'unused' | 'may_be_out' | 'unanswered' | 'refused' | 'not_found' | 'accepted' | 'paid' | 'returned';
  sentence: string;
}
/**
 * What was asked of the rail, and what it answered.
 */
export interface RailCall {
  /**
   * When the work ended that the call was a part of.
   */
  at: string;
  asked: 'send' | 'look_up';
  reference: string;
  answer: 'paid' | 'refused' | 'unanswered' | 'not_found' | 'in_process' | 'no_answer';
  code: string | null;
  sentence: string;
}
/**
 * A request that is permitted in this state, and its effect.
 */
export interface PossibleAction {
  /**
   * The id of the operation.
   */
  action: string;
  method: 'GET' | 'POST';
  path: string;
  scope:
    | 'payouts:read'
    | 'payouts:write'
    | 'withdrawals:read'
    | 'withdrawals:write'
    | 'wallets:read'
    | 'wallets:write'
    | 'orders:read'
    | 'orders:write'
    | 'transactions:read'
    | 'transactions:write'
    | 'settlement:read'
    | 'settlement:write'
    | 'webhooks:read'
    | 'webhooks:write'
    | 'payouts:approve'
    | 'operations'
    | 'admin';
  sentence: string;
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
  status: 'pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown' | 'cancelled' | 'returned';
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
  /**
   * Why the rail gave the money back.
   */
  returned: {
    code: string;
    at: string;
  } | null;
  /**
   * The request to cancel this payout alone. `status` tells how it ended.
   */
  cancellation: {
    reason: string;
    at: string;
  } | null;
  /**
   * Since when its outcome is not known.
   */
  unknown_since: string | null;
  updated_at: string;
}
export interface BatchReport {
  batch_id: string;
  status:
    | 'creating'
    | 'discarding'
    | 'held'
    | 'awaiting_approval'
    | 'created'
    | 'scheduled'
    | 'in_progress'
    | 'stopping'
    | 'stopped'
    | 'cancelling'
    | 'completed'
    | 'partially_completed'
    | 'failed'
    | 'cancelled'
    | 'rejected';
  /**
   * Of a batch that other persons have to approve.
   */
  approval_id: string | null;
  /**
   * Entries of the request that are not stored, because they are invalid. Not part of `total_count`.
   */
  invalid_count: number;
  /**
   * Every start, resume, retry-failed and cancel begins a new run.
   */
  run: number;
  total_count: number;
  /**
   * Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.
   */
  duplicates_count: number;
  totals: Money[];
  /**
   * When the batch starts by itself.
   */
  start_at: string | null;
  /**
   * Of a scheduled batch: from `start_at` to its start.
   */
  started_late_seconds: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * The request to cancel the batch.
   */
  cancellation: {
    reason: string;
    at: string;
  } | null;
  counts: PayoutCounts;
  statistics: {
    total: number;
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    cancelled: number;
    returned: number;
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
  cancelled_totals: Money[];
  returned_totals: Money[];
  retryable_failures: number;
  dead_letters: DeadLetter[];
  /**
   * Payouts that have ended.
   */
  processed: number;
  successful: number;
  failed: number;
  duplicates: number;
  /**
   * What is invalid in them, as much as fits into an answer.
   */
  invalid: ErrorDetail[];
  /**
   * As many as fit into an answer.
   */
  duplicate_payouts: DuplicatePayout[];
  /**
   * In the order of the request, as many as fit into an answer. The CSV has all.
   */
  details: {
    external_id: string;
    status: 'pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown' | 'cancelled' | 'returned';
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
/**
 * A payout of the request, and the payout that has its key.
 */
export interface DuplicatePayout {
  external_id: string;
  amount: number;
  amount_minor: Int64;
  currency: string;
  key: {
    kind: 'external_id' | 'transaction_id';
    value: string;
  };
  holder: {
    payout_id: string;
    batch_id: string;
    /**
     * As stored now.
     */
    status:
      ('pending' | 'processing' | 'completed' | 'failed' | 'retrying' | 'unknown' | 'cancelled' | 'returned') | null;
  };
}
export interface ScheduleRequest {
  start_at: string;
}
export interface WebhookDeliveryWithAttempts {
  /**
   * The `webhook-id` of all its attempts.
   */
  delivery_id: string;
  endpoint_id: string;
  event_id: string;
  event_type: string;
  subject: string;
  status: 'pending' | 'delivered' | 'failed';
  created_at: string;
  next_attempt_at: string | null;
  ended_at: string | null;
  attempt_count: number;
  replay_count: number;
  attempts: WebhookAttempt[];
}
export interface WebhookAttempt {
  at: string;
  duration_ms: number;
  /**
   * The HTTP status of the answer. Null: there was none.
   */
  status: number | null;
  error: string | null;
  /**
   * Its first 16 KB.
   */
  answer: string | null;
}
export interface WebhookDelivery {
  /**
   * The `webhook-id` of all its attempts.
   */
  delivery_id: string;
  endpoint_id: string;
  event_id: string;
  event_type: string;
  subject: string;
  status: 'pending' | 'delivered' | 'failed';
  created_at: string;
  next_attempt_at: string | null;
  ended_at: string | null;
  attempt_count: number;
  replay_count: number;
}
export interface DeniedAddress {
  network: Network;
  /**
   * In its canonical form.
   */
  address: string;
  reason: string;
  created_at: string;
}
export interface DenyRequest {
  reason: string;
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
export interface Job {
  job_id: string;
  type: 'settlement';
  status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLING' | 'CANCELLED';
  from: string;
  to: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * As in the lines of the file: the time of the request.
   */
  generated_at: string;
  /**
   * As in the lines of the file: the id of the job.
   */
  unique_run_id: string;
  /**
   * Only if the job is FAILED.
   */
  error?: {
    code: 'STEP_FAILED' | 'EXECUTION_ENDED';
    message: string;
  };
  /**
   * Only if a client cancelled the job. Without a reason if the client gave none.
   */
  cancellation?: {
    at: string;
    reason?: string;
  };
  /**
   * Lines of the file. Only if the job is COMPLETED.
   */
  settlements?: number;
  /**
   * Of the file. Only if the job is COMPLETED.
   */
  sha256?: string;
  /**
   * The path of the file. Only if the job is COMPLETED.
   */
  download_url?: string;
  /**
   * The path of the manifest. Only if the job is COMPLETED.
   */
  manifest_url?: string;
}
export interface SettlementRequest {
  from: string;
  /**
   * At most 92 days in all, both ends included.
   */
  to: string;
}
export interface AcceptedJob {
  job_id: string;
  status: 'QUEUED';
  from: string;
  to: string;
  created_at: string;
}
export interface JobWithProgress {
  job_id: string;
  type: 'settlement';
  status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLING' | 'CANCELLED';
  from: string;
  to: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * As in the lines of the file: the time of the request.
   */
  generated_at: string;
  /**
   * As in the lines of the file: the id of the job.
   */
  unique_run_id: string;
  /**
   * Only if the job is FAILED.
   */
  error?: {
    code: 'STEP_FAILED' | 'EXECUTION_ENDED';
    message: string;
  };
  /**
   * Only if a client cancelled the job. Without a reason if the client gave none.
   */
  cancellation?: {
    at: string;
    reason?: string;
  };
  /**
   * Lines of the file. Only if the job is COMPLETED.
   */
  settlements?: number;
  /**
   * Of the file. Only if the job is COMPLETED.
   */
  sha256?: string;
  /**
   * The path of the file. Only if the job is COMPLETED.
   */
  download_url?: string;
  /**
   * The path of the manifest. Only if the job is COMPLETED.
   */
  manifest_url?: string;
  /**
   * Never falls. 100 once there is a file.
   */
  progress: number;
  /**
   * Chunks that are settled.
   */
  processed: number;
  /**
   * Chunks of the job.
   */
  total: number;
  /**
   * Rows that were read.
   */
  transactions: number;
}
export interface KeyWithUse {
  key_id: string;
  name: string;
  person: string;
  status: 'awaiting_approval' | 'active' | 'expired' | 'revoked';
  scopes: KeyScope[];
  limits: KeyLimits;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /**
   * The approval that it waits for while the status is `awaiting_approval`.
   */
  approval_id: string | null;
  /**
   * While the key is rotated: when its old secrets end.
   */
  old_secrets_until: string | null;
  /**
   * At most two minutes late. Null: never used.
   */
  last_used_at: string | null;
}
/**
 * What is absent is not limited.
 */
export interface KeyLimits {
  requests_per_second?: number;
  burst?: number;
  max_per_payout?: {
    [k: string]: LimitAmount;
  };
  max_per_day?: {
    [k: string]: LimitAmount;
  };
}
export interface KeyRequest {
  /**
   * What the key is for. It is in events and logs.
   */
  name: string;
  /**
   * @minItems 1
   */
  scopes: KeyScope[];
  limits?: KeyLimitsRequest;
  /**
   * Without it the key does not expire.
   */
  expires_at?: string;
  /**
   * Who uses the key, such as an e-mail address. It never changes.
   */
  person: string;
  /**
   * The hash of a secret that its holder has made. Then the service makes none.
   */
  secret_sha256?: string;
}
/**
 * What is absent is not limited.
 */
export interface KeyLimitsRequest {
  requests_per_second?: number;
  /**
   * Requests that may come at once after a pause.
   */
  burst?: number;
  /**
   * The largest payout, withdrawal, payment or refund, in minor units by currency.
   */
  max_per_payout?: {
    [k: string]: Int64 | string;
  };
  /**
   * The sum of a day in UTC, in minor units by currency.
   */
  max_per_day?: {
    [k: string]: Int64 | string;
  };
}
export interface KeyWithSecret {
  key_id: string;
  name: string;
  person: string;
  status: 'awaiting_approval' | 'active' | 'expired' | 'revoked';
  scopes: KeyScope[];
  limits: KeyLimits;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /**
   * The approval that it waits for while the status is `awaiting_approval`.
   */
  approval_id: string | null;
  /**
   * While the key is rotated: when its old secrets end.
   */
  old_secrets_until: string | null;
  /**
   * The value of X-API-Key. Only in the first answer: it is not stored, and a repeated request does not return it.
   */
  secret?: string;
}
export interface OwnKey {
  key_id: string;
  name: string;
  person: string;
  status: 'awaiting_approval' | 'active' | 'expired' | 'revoked';
  scopes: KeyScope[];
  limits: KeyLimits;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /**
   * The approval that it waits for while the status is `awaiting_approval`.
   */
  approval_id: string | null;
  /**
   * While the key is rotated: when its old secrets end.
   */
  old_secrets_until: string | null;
  /**
   * At most two minutes late. Null: never used.
   */
  last_used_at: string | null;
  /**
   * Of `max_per_day`, on this day in UTC.
   */
  used_today: {
    [k: string]: LimitAmount;
  };
}
export interface KeyRotateRequest {
  /**
   * The old secrets are valid for so long; a day by default, at most 30 days.
   */
  overlap_seconds?: number;
  /**
   * The hash of a secret that its holder has made. Then the service makes none.
   */
  secret_sha256?: string;
}
export interface KeyChangeRequest {
  /**
   * What the key is for. It is in events and logs.
   */
  name: string;
  /**
   * @minItems 1
   */
  scopes: KeyScope[];
  limits?: KeyLimitsRequest;
  /**
   * Without it the key does not expire.
   */
  expires_at?: string;
}
export interface Key {
  key_id: string;
  name: string;
  person: string;
  status: 'awaiting_approval' | 'active' | 'expired' | 'revoked';
  scopes: KeyScope[];
  limits: KeyLimits;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /**
   * The approval that it waits for while the status is `awaiting_approval`.
   */
  approval_id: string | null;
  /**
   * While the key is rotated: when its old secrets end.
   */
  old_secrets_until: string | null;
}
export interface SingleOrderRequest {
  buyer_id: string;
  product_id: string;
  quantity: number;
  lines?: never;
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
  product_id?: never;
  quantity?: never;
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
  total_cents: Int64;
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
export interface OperationsOverview {
  circuits: Circuit[];
  /**
   * The oldest work that is due and that no worker has. Of imports: the running one without progress for the longest time. Of events: the oldest that is not published.
   */
  oldest_due: {
    withdrawals: OldestWork | null;
    payments: OldestWork | null;
    imports: OldestWork | null;
    events: OldestWork | null;
    webhook_deliveries: OldestWork | null;
  };
  /**
   * What waits for a person. Deliveries of webhooks: those whose last attempt has failed.
   */
  dead_letters: {
    withdrawals: Counted;
    rail_notifications: Counted;
    webhook_deliveries: Counted;
  };
  /**
   * The chain of sealed blocks of events. Null before the first run of the sealer.
   */
  audit_chain: AuditChain | null;
}
export interface Circuit {
  rail: 'bank' | 'gateway' | 'chain';
  state: 'closed' | 'open';
  /**
   * Sends in a row without an answer, of all processes. While the circuit is open, nothing is sent but a test now and then.
   */
  failures: number;
  open_since: string | null;
  /**
   * The last send without an answer, the last test, or the end of such a series. Null: the rail has answered for an hour.
   */
  changed_at: string | null;
}
export interface OldestWork {
  since: string;
  /**
   * Of the withdrawal, payment, import or delivery; of an event, its subject.
   */
  id: string;
}
export interface Counted {
  count: number;
  /**
   * False: there are more.
   */
  is_whole: boolean;
}
export interface AuditChain {
  blocks: number;
  /**
   * In all blocks.
   */
  events: number;
  /**
   * Events before it are sealed, except for those that were stored late.
   */
  sealed_until: string;
  /**
   * The last run of the sealer, which runs every minute.
   */
  checked_at: string;
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
export interface JournalEntry {
  entry_id: string;
  type: 'DEPOSIT' | 'PAYMENT' | 'HOLD' | 'CAPTURE' | 'REFUND' | 'RELEASE';
  /**
   * They sum to zero in each currency.
   */
  postings: {
    account: string;
    amount: WalletAmount;
    currency: string;
  }[];
  /**
   * Its number on the wallet’s statement. Null if it moves no wallet.
   */
  seq: number | null;
  created_at: string;
}
export interface RefundRequest {
  /**
   * Without it, all that is left of the payment.
   */
  amount?: Int64;
}
export interface Refund {
  refund_id: string;
  amount: Int64;
  created_at: string;
  payment_id: string;
  user_id: string;
  currency: string;
}
export interface Timeline {
  id: string;
  entries: TimelineEntry[];
  /**
   * `false`: there are more entries than are recorded or read.
   */
  complete: boolean;
}
export interface TimelineEntry {
  at: string;
  kind:
    | 'created'
    | 'approved'
    | 'rejected'
    | 'scheduled'
    | 'started'
    | 'leased'
    | 'sent'
    | 'looked_up'
    | 'look_up_requested'
    | 'dead_lettered'
    | 'redriven'
    | 'stopped'
    | 'cancel_requested'
    | 'retried'
    | 'completed'
    | 'failed'
    | 'cancelled'
    | 'returned'
    | 'ended'
    | 'published'
    | 'delivered'
    | 'delivery_failed';
  /**
   * The name under which the rail knows the attempt.
   */
  reference: string | null;
  /**
   * The key that caused it. `null`: the service itself, or it is not recorded.
   */
  principal: {
    id: string;
    name: string;
  } | null;
  sentence: string;
}
export interface PayoutOverview {
  /**
   * Batches that are being processed, 100 at most.
   */
  open_batches: OpenBatch[];
  /**
   * False: there are more such batches, which the sums below leave out.
   */
  is_whole: boolean;
  counts: {
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    cancelled: number;
    returned: number;
  };
  /**
   * Of payouts that have not ended, in batches under way.
   */
  in_flight: Money[];
  /**
   * The payout whose outcome is unknown for the longest time.
   */
  oldest_unknown: Payout | null;
  /**
   * The chunk that is due for the longest time, and that no worker has. Dead letters do not count.
   */
  oldest_waiting: {
    batch_id: string;
    chunk: number;
    since: string;
  } | null;
  /**
   * The last 60 minutes.
   */
  throughput: {
    /**
     * The beginning of the current minute, the last of the 60.
     */
    until: string;
    /**
     * Those in which payouts ended. If a worker dies, a chunk may be missing; batches have exact counts.
     */
    minutes: MinuteOfPayouts[];
    /**
     * Of payouts that were completed in these minutes.
     */
    paid: Money[];
  };
}
export interface OpenBatch {
  batch_id: string;
  status:
    | 'creating'
    | 'discarding'
    | 'held'
    | 'awaiting_approval'
    | 'created'
    | 'scheduled'
    | 'in_progress'
    | 'stopping'
    | 'stopped'
    | 'cancelling'
    | 'completed'
    | 'partially_completed'
    | 'failed'
    | 'cancelled'
    | 'rejected';
  /**
   * Of a batch that other persons have to approve.
   */
  approval_id: string | null;
  /**
   * Entries of the request that are not stored, because they are invalid. Not part of `total_count`.
   */
  invalid_count: number;
  /**
   * Every start, resume, retry-failed and cancel begins a new run.
   */
  run: number;
  total_count: number;
  /**
   * Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.
   */
  duplicates_count: number;
  totals: Money[];
  /**
   * When the batch starts by itself.
   */
  start_at: string | null;
  /**
   * Of a scheduled batch: from `start_at` to its start.
   */
  started_late_seconds: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /**
   * The request to cancel the batch.
   */
  cancellation: {
    reason: string;
    at: string;
  } | null;
  counts: {
    pending: number;
    processing: number;
    completed: number;
    failed: number;
    retrying: number;
    unknown: number;
    cancelled: number;
    returned: number;
  };
  dead_lettered_chunks: number;
}
/**
 * Payouts that workers ended in the minute that begins at `at`.
 */
export interface MinuteOfPayouts {
  at: string;
  completed: number;
  failed: number;
  cancelled: number;
  returned: number;
}
export interface ApprovalPolicy {
  /**
   * Counts the changes. 0: there were never rules.
   */
  version: number;
  rules: ApprovalRule[];
  changed_at: string | null;
  /**
   * The person who asked for the change.
   */
  changed_by: string | null;
}
export interface ApprovalRuleRequest {
  kind: 'batch' | 'withdrawal' | 'deny_list_removal';
  /**
   * Only payments in it count. Required for conditions on amounts.
   */
  currency?: string;
  /**
   * Met if all payments together reach it.
   */
  total_from_minor?: string;
  /**
   * Met if one payment reaches it.
   */
  largest_from_minor?: string;
  /**
   * Met if a payee or an account was never paid before.
   */
  new_payee?: boolean;
  approvers?: number;
  lapses_after_hours?: number;
}
export interface Processor {
  status: 'RUNNING' | 'STOPPING' | 'STOPPED';
  /**
   * Withdrawals that workers are processing.
   */
  in_flight: number;
}
export interface ProcessorStats {
  status: 'RUNNING' | 'STOPPING' | 'STOPPED';
  /**
   * Withdrawals that workers are processing.
   */
  in_flight: number;
  /**
   * Approximate counts of SQS.
   */
  queue: {
    visible: number;
    delayed: number;
    in_flight: number;
  };
  /**
   * Completed and failed withdrawals since deployment.
   */
  processed: Int64;
  completed: Int64;
  failed: Int64;
  retried: Int64;
  unknown: Int64;
  dead_lettered: number;
  by_status: {
    PENDING: Int64;
    PROCESSING: Int64;
    COMPLETED: Int64;
    RETRYING: Int64;
    FAILED: Int64;
    UNKNOWN: Int64;
    AWAITING_APPROVAL: Int64;
    REJECTED: Int64;
  };
  oldest_open_age_seconds: number | null;
  /**
   * More withdrawals are open than were counted.
   */
  is_estimate: boolean;
}
export interface ProductRequest {
  /**
   * Your name for the product, and its idempotency key. Without it the service chooses one.
   */
  id?: string;
  name: string;
  stock: number;
  price_cents: Int64;
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
export interface Notification {
  notification_id: string;
  status: 'waiting' | 'applied' | 'dead_letter';
  /**
   * Why it is a dead letter.
   */
  reason:
    | (
        | 'UNKNOWN_REFERENCE'
        | 'OTHER_REFERENCE'
        | 'AMOUNT_DIFFERS'
        | 'NOT_PAID'
        | 'RETURNED_BEFORE'
        | 'NOT_COMPLETED_IN_TIME'
      )
    | null;
  reference: string;
  amount_minor: Int64;
  currency: string;
  returned: {
    code: string;
    at: string;
  };
  received_at: string;
}
export interface RailNotification {
  type: 'transfer.returned';
  reference: string;
  amount_minor: string;
  currency: string;
  code: string;
  returned_at: string;
}
export interface NotificationResult {
  status: 'waiting' | 'applied' | 'dead_letter';
  /**
   * Why it is a dead letter.
   */
  reason:
    | (
        | 'UNKNOWN_REFERENCE'
        | 'OTHER_REFERENCE'
        | 'AMOUNT_DIFFERS'
        | 'NOT_PAID'
        | 'RETURNED_BEFORE'
        | 'NOT_COMPLETED_IN_TIME'
      )
    | null;
}
export interface Session {
  /**
   * Null: the request has a key instead of a session.
   */
  session_id: string | null;
  /**
   * When the session, or the key of the request, ends.
   */
  expires_at: string | null;
  key: Key;
  /**
   * The assets of withdrawals. Amounts of them are in their smallest unit.
   */
  assets: {
    code: string;
    decimals: number;
  }[];
}
export interface Settlement {
  merchant_id: string;
  date: string;
  gross_cents: Int64;
  fee_cents: Int64;
  net_cents: Int64;
  txn_count: number;
  generated_at: string;
  /**
   * The job that wrote it.
   */
  unique_run_id: string;
  /**
   * SHA-256 of the merchant, the day and the sums. Independent of the job.
   */
  checksum: string;
}
export interface TransactionRow {
  id: string;
  merchant_id: string;
  amount_cents: number;
  fee_cents: number;
  status: 'PAID' | 'FAILED' | 'REFUNDED';
  paid_at: string;
}
export interface StoredTransactions {
  received: number;
  stored: number;
  /**
   * Stored before.
   */
  unchanged: number;
}
export interface ImportRequest {
  format: 'csv' | 'jsonl';
}
export interface CreatedImport {
  import_id: string;
  status: 'AWAITING_UPLOAD' | 'RUNNING' | 'COMPLETED' | 'FAILED';
  format: 'csv' | 'jsonl';
  /**
   * PUT the file here. No key is needed.
   */
  upload_url: string;
  /**
   * The last time at which an upload can begin.
   */
  expires_at: string;
}
export interface Import {
  import_id: string;
  status: 'AWAITING_UPLOAD' | 'RUNNING' | 'COMPLETED' | 'FAILED';
  format: 'csv' | 'jsonl';
  created_at: string;
  progress: number;
  bytes_done: number;
  bytes_total: number;
  /**
   * A row is counted once: `stored`, `unchanged` or `rejected`.
   */
  rows: number;
  stored: number;
  unchanged: number;
  rejected: number;
  /**
   * The path of the report of rejected rows. Only of a finished import that rejected some.
   */
  rejected_url?: string;
  /**
   * Only if the import is FAILED.
   */
  error?: string;
}
export interface Transaction {
  id: string;
  merchant_id: string;
  amount_cents: Int64;
  fee_cents: Int64;
  status: 'PAID' | 'FAILED' | 'REFUNDED';
  paid_at: string;
  /**
   * The day in UTC of `paid_at`.
   */
  settlement_date: string;
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
  /**
   * The time that the request names.
   */
  as_of?: string;
}
export interface CurrencyDepositRequest {
  amount: Int64;
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
  amount: Int64;
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
export interface WebhookEndpoint {
  endpoint_id: string;
  url: string;
  event_types: string[];
  description: string;
  enabled: boolean;
  /**
   * Why the service has disabled it. `gone`: it answered 410. `failing`: no call has succeeded for five days.
   */
  disabled_reason: ('gone' | 'failing') | null;
  /**
   * Since then every call has failed.
   */
  failing_since: string | null;
  created_at: string;
  /**
   * While its secret is rotated: when the old ones end.
   */
  old_secrets_until: string | null;
}
export interface WebhookEndpointRequest {
  /**
   * https on port 443 or 8443, of a public address. Redirects are not followed.
   */
  url: string;
  /**
   * Names of events, such as `payout.failed`, `payout.*`, or `*` for all.
   *
   * @minItems 1
   * @maxItems 100
   */
  event_types?: string[];
  description?: string;
  enabled?: boolean;
}
export interface WebhookEndpointWithSecret {
  endpoint_id: string;
  url: string;
  event_types: string[];
  description: string;
  enabled: boolean;
  /**
   * Why the service has disabled it. `gone`: it answered 410. `failing`: no call has succeeded for five days.
   */
  disabled_reason: ('gone' | 'failing') | null;
  /**
   * Since then every call has failed.
   */
  failing_since: string | null;
  created_at: string;
  /**
   * While its secret is rotated: when the old ones end.
   */
  old_secrets_until: string | null;
  /**
   * Verifies the signatures. Only in the first answer: a repeated request does not return it.
   */
  secret?: string;
}
/**
 * Absent fields do not change.
 */
export interface WebhookEndpointChange {
  /**
   * https on port 443 or 8443, of a public address. Redirects are not followed.
   */
  url?: string;
  /**
   * Names of events, such as `payout.failed`, `payout.*`, or `*` for all.
   *
   * @minItems 1
   * @maxItems 100
   */
  event_types?: string[];
  description?: string;
  enabled?: boolean;
}
/**
 * Without a range, all deliveries that failed are sent again.
 */
export interface WebhookReplayRequest {
  /**
   * Included: everything that happened from then on is sent again.
   */
  from?: string;
  /**
   * Not included.
   */
  to?: string;
}
export interface WebhookReplay {
  replay_id: string;
  endpoint_id: string;
}
export interface WebhookRotateRequest {
  /**
   * The old secret signs for so long; a day by default, at most 30 days.
   */
  overlap_seconds?: number;
}
export interface Withdrawal {
  withdrawal_id: string;
  idempotency_key: string;
  user_id: string;
  asset: string;
  /**
   * A whole number of the asset's smallest unit.
   */
  amount: string;
  destination_address: string;
  network: Network;
  source: 'wallet' | 'external';
  status: 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'RETRYING' | 'FAILED' | 'UNKNOWN' | 'AWAITING_APPROVAL' | 'REJECTED';
  /**
   * If other persons have to approve it.
   */
  approval_id: string | null;
  max_retries: number;
  retry_count: number;
  /**
   * Null before the broadcast.
   */
  tx_hash: string | null;
  confirmations: number;
  required_confirmations: number;
  /**
   * The failure of the last attempt.
   */
  failure: {
    code: string;
    message: string;
  } | null;
  /**
   * While the withdrawal waits for a retry or a look-up.
   */
  next_attempt_at: string | null;
  /**
   * After repeated failures of its message, until it is redriven.
   */
  dead_letter: {
    at: string;
    receives: number;
  } | null;
  created_at: string;
  updated_at: string;
  completed_at: string | null;
}
export interface WithdrawalRequest {
  /**
   * Required unless the header Idempotency-Key is given.
   */
  idempotency_key?: string;
  user_id: string;
  /**
   * A code such as BTC, ETH or USDT.
   */
  asset: string;
  /**
   * A whole number of the asset's smallest unit (satoshi, wei), within the asset's limits.
   */
  amount: string;
  destination_address: string;
  network: 'bitcoin' | 'ethereum' | 'polygon' | 'bsc' | 'arbitrum' | 'base' | 'optimism' | 'solana' | 'tron';
  max_retries?: number;
  /**
   * wallet: the amount is held in the user's wallet. external: the caller keeps the books.
   */
  source?: 'wallet' | 'external';
}
/**
 * The data of each event, by its type. Amounts are strings of minor units.
 */
export interface EventData {
  'payment.created': {
    payment_id: string;
    user_id: string;
    provider_id: string;
    external_reference: string;
    amount: string;
    currency: string;
    status: string;
  };
  'payment.completed': {
    payment_id: string;
    user_id: string;
    provider_id: string;
    external_reference: string;
    amount: string;
    currency: string;
    status: string;
    gateway_id: string;
    latency_ms: number;
  };
  'payment.failed': {
    payment_id: string;
    user_id: string;
    provider_id: string;
    external_reference: string;
    amount: string;
    currency: string;
    status: string;
    failure_code: string;
    latency_ms: number;
  };
  'refund.created': {
    refund_id: string;
    payment_id: string;
    user_id: string;
    provider_id: string;
    amount: string;
    currency: string;
  };
  'deposit.created': {
    deposit_id: string;
    user_id: string;
    amount: string;
    currency: string;
  };
  'withdrawal.created': {
    withdrawal_id: string;
    user_id: string;
    asset: string;
    amount: string;
    network: string;
    source: string;
    status: string;
    retry_count: number;
  };
  'withdrawal.completed': {
    withdrawal_id: string;
    user_id: string;
    asset: string;
    amount: string;
    network: string;
    source: string;
    status: string;
    retry_count: number;
    tx_hash: string;
    latency_ms: number;
  };
  'withdrawal.failed': {
    withdrawal_id: string;
    user_id: string;
    asset: string;
    amount: string;
    network: string;
    source: string;
    status: string;
    retry_count: number;
    failure_code?: string;
    /**
     * The number of the retry cycle.
     */
    opening: number;
    latency_ms: number;
  };
  'withdrawal.retrying': {
    withdrawal_id: string;
    user_id: string;
    asset: string;
    amount: string;
    network: string;
    source: string;
    status: string;
    retry_count: number;
    failure_code?: string;
    retry: number;
    /**
     * It had failed, and a client retried it.
     */
    reopened: boolean;
  };
  'withdrawal.rejected': {
    withdrawal_id: string;
    user_id: string;
    asset: string;
    amount: string;
    network: string;
    source: string;
    status: string;
    retry_count: number;
    failure_code?: string;
  };
  'key.created': {
    key_id: string;
    name: string;
    person: string;
    /**
     * Separated by spaces.
     */
    scopes: string;
    requests_per_second?: number;
    burst?: number;
    /**
     * By currency.
     */
    max_per_payout?: {
      [k: string]: string;
    };
    /**
     * By currency.
     */
    max_per_day?: {
      [k: string]: string;
    };
    expires_at: string | null;
  };
  'key.changed': {
    key_id: string;
    name: string;
    person: string;
    /**
     * Separated by spaces.
     */
    scopes: string;
    requests_per_second?: number;
    burst?: number;
    /**
     * By currency.
     */
    max_per_payout?: {
      [k: string]: string;
    };
    /**
     * By currency.
     */
    max_per_day?: {
      [k: string]: string;
    };
    expires_at: string | null;
  };
  'key.rotated': {
    key_id: string;
    name: string;
    person: string;
    old_secrets_until: string;
  };
  'key.revoked': {
    key_id: string;
    name: string;
    person: string;
    /**
     * Separated by spaces.
     */
    scopes: string;
    requests_per_second?: number;
    burst?: number;
    /**
     * By currency.
     */
    max_per_payout?: {
      [k: string]: string;
    };
    /**
     * By currency.
     */
    max_per_day?: {
      [k: string]: string;
    };
    expires_at: string | null;
  };
  'session.opened': {
    session_id: string;
    key_id: string;
    name: string;
    person: string;
    expires_at: string;
  };
  'session.closed': {
    session_id: string;
    key_id: string;
    name: string;
    person: string;
    expires_at: string;
  };
  'approval.requested': {
    approval_id: string;
    kind: string;
    /**
     * The id of the batch, withdrawal, key or other thing that waits.
     */
    subject_id: string;
    digest: string;
    status: string;
    /**
     * The person who made the request.
     */
    maker: string;
    approved_count: number;
    needed_count: number;
    policy_version: number;
  };
  'approval.approved': {
    approval_id: string;
    kind: string;
    /**
     * The id of the batch, withdrawal, key or other thing that waits.
     */
    subject_id: string;
    digest: string;
    status: string;
    /**
     * The person who made the request.
     */
    maker: string;
    approved_count: number;
    needed_count: number;
    policy_version: number;
    person: string;
    reason: string;
  };
  'approval.rejected': {
    approval_id: string;
    kind: string;
    /**
     * The id of the batch, withdrawal, key or other thing that waits.
     */
    subject_id: string;
    digest: string;
    status: string;
    /**
     * The person who made the request.
     */
    maker: string;
    approved_count: number;
    needed_count: number;
    policy_version: number;
    person: string;
    reason: string;
  };
  'approval.lapsed': {
    approval_id: string;
    kind: string;
    /**
     * The id of the batch, withdrawal, key or other thing that waits.
     */
    subject_id: string;
    digest: string;
    status: string;
    /**
     * The person who made the request.
     */
    maker: string;
    approved_count: number;
    needed_count: number;
    policy_version: number;
  };
  'approval.cancelled': {
    approval_id: string;
    kind: string;
    /**
     * The id of the batch, withdrawal, key or other thing that waits.
     */
    subject_id: string;
    digest: string;
    status: string;
    /**
     * The person who made the request.
     */
    maker: string;
    approved_count: number;
    needed_count: number;
    policy_version: number;
  };
  'policy.changed': {
    policy: string;
    version: number;
    rule_count: number;
  };
  'withdrawal.dead_lettered': {
    withdrawal_id: string;
    message_id: string;
    receives: number;
  };
  'withdrawal.redriven': {
    withdrawal_id: string;
    message_id: string;
    receives: number;
  };
  'webhook_endpoint.created': {
    endpoint_id: string;
    url: string;
    description: string;
    enabled: boolean;
    /**
     * Separated by spaces.
     */
    event_types: string;
  };
  'webhook_endpoint.changed': {
    endpoint_id: string;
    url: string;
    description: string;
    enabled: boolean;
    /**
     * Separated by spaces.
     */
    event_types: string;
  };
  'webhook_endpoint.secret_rotated': {
    endpoint_id: string;
    old_secrets_until: string;
  };
  'webhook_endpoint.disabled': {
    endpoint_id: string;
    /**
     * `gone`: it answered 410. `failing`: no call has succeeded for five days.
     */
    reason: string;
  };
  'webhook_endpoint.deleted': {
    endpoint_id: string;
  };
  'webhook_endpoint.replay_requested': {
    endpoint_id: string;
    replay_id: string;
    from?: string;
    to?: string;
  };
  'webhook_endpoint.test': {
    endpoint_id: string;
  };
  'webhook_delivery.replayed': {
    endpoint_id: string;
    delivery_id: string;
    replay: number;
  };
  'epoch.raised': {
    raised_at: string;
    until: string;
    person: string;
    reason: string;
  };
  'processor.started': {
    processor: string;
  };
  'processor.stopped': {
    processor: string;
  };
  'address.denied': {
    network: string;
    /**
     * All but its last four characters are masked.
     */
    address: string;
    reason: string;
  };
  'address.allowed': {
    network: string;
    /**
     * All but its last four characters are masked.
     */
    address: string;
    reason: string;
  };
  'wallet.opened': {
    user_id: string;
    currency: string;
  };
  'provider.created': {
    provider_id: string;
    name: string;
  };
  'product.created': {
    product_id: string;
    name: string;
    stock: number;
    price_cents: string;
  };
  'order.placed': {
    order_id: string;
    buyer_id: string;
    total_cents: string;
    line_count: number;
  };
  'transactions.stored': {
    /**
     * The id of the first transaction, which is the subject.
     */
    first_id: string;
    last_id: string;
    /**
     * How many were stored together. A request has an event for each 98 or fewer.
     */
    count: number;
    gross_cents: string;
  };
  'import.created': {
    import_id: string;
    format: string;
  };
  'import.started': {
    import_id: string;
    bytes: number;
  };
  /**
   * The counts include all rows so far.
   */
  'import.advanced': {
    import_id: string;
    rows: number;
    stored: number;
    unchanged: number;
    rejected: number;
  };
  'import.completed': {
    import_id: string;
    rows: number;
    stored: number;
    unchanged: number;
    rejected: number;
  };
  'import.failed': {
    import_id: string;
    rows: number;
    stored: number;
    unchanged: number;
    rejected: number;
    failure: string;
  };
  'upload.requested': {
    upload_id: string;
    /**
     * `start`, `stop` or `cancel`, of all batches of the upload.
     */
    wanted: string;
    /**
     * Counts these requests.
     */
    request: number;
  };
  'batch.created': {
    batch_id: string;
    total_count: number;
    /**
     * By currency.
     */
    total_minor: {
      [k: string]: string;
    };
    auto_start: boolean;
  };
  'batch.approved': {
    batch_id: string;
    approval_id: string;
    auto_start: boolean;
  };
  'batch.rejected': {
    batch_id: string;
    approval_id: string;
    /**
     * `rejected` by a person, `lapsed`, or `upload`: nothing of the upload that it is a part of is paid.
     */
    reason: string;
  };
  'batch.scheduled': {
    batch_id: string;
    start_at: string;
  };
  'batch.rescheduled': {
    batch_id: string;
    start_at: string;
    previous_start_at: string;
  };
  'batch.started': {
    batch_id: string;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    /**
     * `stopping` or `stopped` if the batch resumes.
     */
    previous_status: string;
    start_at?: string;
    /**
     * Of a scheduled batch: from `start_at` to its start.
     */
    late_seconds?: number;
  };
  'batch.stop_requested': {
    batch_id: string;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
  };
  'batch.stopped': {
    batch_id: string;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    status: string;
    total_count: number;
    completed_count: number;
    failed_count: number;
    /**
     * By currency.
     */
    completed_minor: {
      [k: string]: string;
    };
    /**
     * By currency.
     */
    failed_minor: {
      [k: string]: string;
    };
    cancelled_count?: number;
    /**
     * By currency.
     */
    cancelled_minor?: {
      [k: string]: string;
    };
  };
  'batch.completed': {
    batch_id: string;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    status: string;
    total_count: number;
    completed_count: number;
    failed_count: number;
    /**
     * By currency.
     */
    completed_minor: {
      [k: string]: string;
    };
    /**
     * By currency.
     */
    failed_minor: {
      [k: string]: string;
    };
    cancelled_count?: number;
    /**
     * By currency.
     */
    cancelled_minor?: {
      [k: string]: string;
    };
  };
  'batch.retried': {
    batch_id: string;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    previous_status: string;
    /**
     * How many payouts are opened again.
     */
    retryable_count: number;
    /**
     * Only failures with these codes, with commas between them. Absent: with any.
     */
    codes?: string;
  };
  'batch.dead_lettered': {
    batch_id: string;
    chunk: number;
    message_id: string;
    receives: number;
  };
  'batch.redriven': {
    batch_id: string;
    chunk: number;
    message_id: string;
    receives: number;
  };
  'batch.cancel_requested': {
    batch_id: string;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    previous_status: string;
    reason: string;
  };
  'payout.cancel_requested': {
    batch_id: string;
    payout_id: string;
    external_id: string;
    amount: string;
    currency: string;
    reason: string;
  };
  'payout.look_up_requested': {
    batch_id: string;
    payout_id: string;
    external_id: string;
    amount: string;
    currency: string;
  };
  'payout.failed': {
    batch_id: string;
    chunk: number;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    /**
     * @minItems 1
     */
    payouts: {
      payout_id: string;
      external_id: string;
      amount: string;
      currency: string;
      code: string;
      retryable: boolean;
    }[];
  };
  'payout.cancelled': {
    batch_id: string;
    chunk: number;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    /**
     * @minItems 1
     */
    payouts: {
      payout_id: string;
      external_id: string;
      amount: string;
      currency: string;
    }[];
  };
  'payout.returned': {
    batch_id: string;
    chunk: number;
    /**
     * Every start and retry-failed begins the next run.
     */
    run: number;
    /**
     * @minItems 1
     */
    payouts: {
      payout_id: string;
      external_id: string;
      amount: string;
      currency: string;
      code: string;
    }[];
  };
  'notification.dead_lettered': {
    notification_id: string;
    reference: string;
    amount: string;
    currency: string;
    code: string;
    reason: string;
  };
  'notification.redriven': {
    notification_id: string;
    reference: string;
    amount: string;
    currency: string;
    code: string;
  };
  'settlement.requested': {
    job_id: string;
    from: string;
    to: string;
  };
  'settlement.started': {
    job_id: string;
  };
  'settlement.cancel_requested': {
    job_id: string;
    reason?: string;
  };
  'settlement.cancelled': {
    job_id: string;
  };
  'settlement.failed': {
    job_id: string;
    failure_code: string;
  };
  'settlement.completed': {
    job_id: string;
    from: string;
    to: string;
    settlement_count: number;
    txn_count: number;
    gross_cents: string;
    fee_cents: string;
    net_cents: string;
    sha256: string;
  };
}

/** The route of each operation; the statuses that are answers and no errors; whether it reads Idempotency-Key. */
export const operations = {
  listApprovals: {"method":"GET","path":"/approvals","answers":[200]},
  getApproval: {"method":"GET","path":"/approvals/{approval_id}","answers":[200]},
  approve: {"method":"POST","path":"/approvals/{approval_id}/approve","answers":[200]},
  reject: {"method":"POST","path":"/approvals/{approval_id}/reject","answers":[200]},
  getAudit: {"method":"GET","path":"/audit","answers":[200]},
  listBatches: {"method":"GET","path":"/batches","answers":[200]},
  createBatch: {"method":"POST","path":"/batches","answers":[200,201],"key":"optional"},
  createUpload: {"method":"POST","path":"/batches/uploads","answers":[201]},
  getUpload: {"method":"GET","path":"/batches/uploads/{upload_id}","answers":[200]},
  cancelUpload: {"method":"POST","path":"/batches/uploads/{upload_id}/cancel","answers":[202]},
  getUploadRejected: {"method":"GET","path":"/batches/uploads/{upload_id}/rejected.csv","answers":[200]},
  getUploadReport: {"method":"GET","path":"/batches/uploads/{upload_id}/report","answers":[302]},
  requestUploadReport: {"method":"POST","path":"/batches/uploads/{upload_id}/report","answers":[202]},
  startUpload: {"method":"POST","path":"/batches/uploads/{upload_id}/start","answers":[202]},
  stopUpload: {"method":"POST","path":"/batches/uploads/{upload_id}/stop","answers":[202]},
  submitUpload: {"method":"POST","path":"/batches/uploads/{upload_id}/submit","answers":[202]},
  getBatch: {"method":"GET","path":"/batches/{batch_id}","answers":[200]},
  cancelBatch: {"method":"POST","path":"/batches/{batch_id}/cancel","answers":[202]},
  listChunks: {"method":"GET","path":"/batches/{batch_id}/chunks","answers":[200]},
  explainBatch: {"method":"GET","path":"/batches/{batch_id}/explain","answers":[200]},
  listPayouts: {"method":"GET","path":"/batches/{batch_id}/payouts","answers":[200]},
  redriveBatch: {"method":"POST","path":"/batches/{batch_id}/redrive","answers":[202]},
  getRejectedEntries: {"method":"GET","path":"/batches/{batch_id}/rejected.csv","answers":[200]},
  getReport: {"method":"GET","path":"/batches/{batch_id}/report","answers":[200]},
  retryFailed: {"method":"POST","path":"/batches/{batch_id}/retry-failed","answers":[202]},
  scheduleBatch: {"method":"POST","path":"/batches/{batch_id}/schedule","answers":[200]},
  startBatch: {"method":"POST","path":"/batches/{batch_id}/start","answers":[202]},
  stopBatch: {"method":"POST","path":"/batches/{batch_id}/stop","answers":[202]},
  getWebhookDelivery: {"method":"GET","path":"/deliveries/{delivery_id}","answers":[200]},
  replayWebhookDelivery: {"method":"POST","path":"/deliveries/{delivery_id}/replay","answers":[202]},
  listDeniedAddresses: {"method":"GET","path":"/denied-addresses","answers":[200]},
  denyAddress: {"method":"PUT","path":"/denied-addresses/{network}/{address}","answers":[200,201]},
  allowAddress: {"method":"DELETE","path":"/denied-addresses/{network}/{address}","answers":[202,204]},
  getDocs: {"method":"GET","path":"/docs","answers":[200]},
  getDocsFile: {"method":"GET","path":"/docs/{file}","answers":[200]},
  download: {"method":"GET","path":"/downloads/{file}","answers":[302]},
  getHealth: {"method":"GET","path":"/health","answers":[200,503]},
  getDeepHealth: {"method":"GET","path":"/health/deep","answers":[200,503]},
  listJobs: {"method":"GET","path":"/jobs","answers":[200]},
  createJob: {"method":"POST","path":"/jobs/settlement","answers":[202],"key":"optional"},
  getJob: {"method":"GET","path":"/jobs/{job_id}","answers":[200]},
  cancelJob: {"method":"POST","path":"/jobs/{job_id}/cancel","answers":[202]},
  explainJob: {"method":"GET","path":"/jobs/{job_id}/explain","answers":[200]},
  listKeys: {"method":"GET","path":"/keys","answers":[200]},
  createKey: {"method":"POST","path":"/keys","answers":[201],"key":"required"},
  getOwnKey: {"method":"GET","path":"/keys/self","answers":[200]},
  rotateOwnKey: {"method":"POST","path":"/keys/self/rotate","answers":[200],"key":"required"},
  getKey: {"method":"GET","path":"/keys/{key_id}","answers":[200]},
  changeKey: {"method":"PUT","path":"/keys/{key_id}","answers":[200,202]},
  revokeKey: {"method":"POST","path":"/keys/{key_id}/revoke","answers":[200]},
  rotateKey: {"method":"POST","path":"/keys/{key_id}/rotate","answers":[200],"key":"required"},
  getMetrics: {"method":"GET","path":"/metrics","answers":[200]},
  getOpenApi: {"method":"GET","path":"/openapi.json","answers":[200]},
  placeOrder: {"method":"POST","path":"/orders","answers":[200],"key":"optional"},
  getOrder: {"method":"GET","path":"/orders/{order_id}","answers":[200]},
  getOperations: {"method":"GET","path":"/overview","answers":[200]},
  getPayment: {"method":"GET","path":"/payments/{payment_id}","answers":[200]},
  listPaymentEntries: {"method":"GET","path":"/payments/{payment_id}/entries","answers":[200]},
  explainPayment: {"method":"GET","path":"/payments/{payment_id}/explain","answers":[200]},
  refundPayment: {"method":"POST","path":"/payments/{payment_id}/refund","answers":[201],"key":"required"},
  getPaymentTimeline: {"method":"GET","path":"/payments/{payment_id}/timeline","answers":[200]},
  findPayouts: {"method":"GET","path":"/payouts","answers":[200]},
  getOverview: {"method":"GET","path":"/payouts/overview","answers":[200]},
  getPayout: {"method":"GET","path":"/payouts/{payout_id}","answers":[200]},
  cancelPayout: {"method":"POST","path":"/payouts/{payout_id}/cancel","answers":[202]},
  explainPayout: {"method":"GET","path":"/payouts/{payout_id}/explain","answers":[200]},
  lookUpPayout: {"method":"POST","path":"/payouts/{payout_id}/look-up","answers":[202]},
  getPayoutTimeline: {"method":"GET","path":"/payouts/{payout_id}/timeline","answers":[200]},
  getApprovalPolicy: {"method":"GET","path":"/policies/approvals","answers":[200]},
  setApprovalPolicy: {"method":"PUT","path":"/policies/approvals","answers":[200,202]},
  redriveWithdrawals: {"method":"POST","path":"/processors/withdrawals/redrive","answers":[200]},
  startProcessor: {"method":"POST","path":"/processors/withdrawals/start","answers":[200]},
  getProcessorStats: {"method":"GET","path":"/processors/withdrawals/stats","answers":[200]},
  stopProcessor: {"method":"POST","path":"/processors/withdrawals/stop","answers":[200]},
  createProduct: {"method":"POST","path":"/products","answers":[201],"key":"optional"},
  getProduct: {"method":"GET","path":"/products/{product_id}","answers":[200]},
  listProviders: {"method":"GET","path":"/providers","answers":[200]},
  createProvider: {"method":"POST","path":"/providers","answers":[200,201]},
  getProvider: {"method":"GET","path":"/providers/{provider_id}","answers":[200]},
  listNotifications: {"method":"GET","path":"/rail/notifications","answers":[200]},
  notify: {"method":"POST","path":"/rail/notifications","answers":[202]},
  redriveNotification: {"method":"POST","path":"/rail/notifications/{notification_id}/redrive","answers":[202]},
  getSession: {"method":"GET","path":"/session","answers":[200]},
  openSession: {"method":"POST","path":"/session","answers":[201]},
  closeSession: {"method":"DELETE","path":"/session","answers":[204]},
  listSettlements: {"method":"GET","path":"/settlements","answers":[200]},
  storeTransactions: {"method":"POST","path":"/transactions","answers":[200]},
  createImport: {"method":"POST","path":"/transactions/imports","answers":[201]},
  getImport: {"method":"GET","path":"/transactions/imports/{import_id}","answers":[200]},
  getRejected: {"method":"GET","path":"/transactions/imports/{import_id}/rejected.csv","answers":[302]},
  startImport: {"method":"POST","path":"/transactions/imports/{import_id}/start","answers":[202]},
  getTransaction: {"method":"GET","path":"/transactions/{transaction_id}","answers":[200]},
  createWallet: {"method":"POST","path":"/wallets","answers":[200,201]},
  getBalance: {"method":"GET","path":"/wallets/{user_id}/balance","answers":[200]},
  createDeposit: {"method":"POST","path":"/wallets/{user_id}/deposits","answers":[201],"key":"required"},
  createPayment: {"method":"POST","path":"/wallets/{user_id}/payments","answers":[200,201],"key":"required"},
  listTransactions: {"method":"GET","path":"/wallets/{user_id}/transactions","answers":[200]},
  listWebhookEndpoints: {"method":"GET","path":"/webhook-endpoints","answers":[200]},
  createWebhookEndpoint: {"method":"POST","path":"/webhook-endpoints","answers":[201],"key":"required"},
  getWebhookEndpoint: {"method":"GET","path":"/webhook-endpoints/{endpoint_id}","answers":[200]},
  changeWebhookEndpoint: {"method":"PATCH","path":"/webhook-endpoints/{endpoint_id}","answers":[200]},
  deleteWebhookEndpoint: {"method":"DELETE","path":"/webhook-endpoints/{endpoint_id}","answers":[204]},
  listWebhookDeliveries: {"method":"GET","path":"/webhook-endpoints/{endpoint_id}/deliveries","answers":[200]},
  replayWebhooks: {"method":"POST","path":"/webhook-endpoints/{endpoint_id}/replay","answers":[202]},
  rotateWebhookSecret: {"method":"POST","path":"/webhook-endpoints/{endpoint_id}/rotate","answers":[200],"key":"required"},
  testWebhookEndpoint: {"method":"POST","path":"/webhook-endpoints/{endpoint_id}/test","answers":[202]},
  listWithdrawals: {"method":"GET","path":"/withdrawals","answers":[200]},
  createWithdrawal: {"method":"POST","path":"/withdrawals","answers":[200,201],"key":"optional"},
  getWithdrawalByKey: {"method":"GET","path":"/withdrawals/by-key/{key}","answers":[200]},
  listOpenWithdrawals: {"method":"GET","path":"/withdrawals/open","answers":[200]},
  getWithdrawal: {"method":"GET","path":"/withdrawals/{withdrawal_id}","answers":[200]},
  listWithdrawalEntries: {"method":"GET","path":"/withdrawals/{withdrawal_id}/entries","answers":[200]},
  explainWithdrawal: {"method":"GET","path":"/withdrawals/{withdrawal_id}/explain","answers":[200]},
  retryWithdrawal: {"method":"POST","path":"/withdrawals/{withdrawal_id}/retry","answers":[200]},
  getWithdrawalTimeline: {"method":"GET","path":"/withdrawals/{withdrawal_id}/timeline","answers":[200]},
} as const;
