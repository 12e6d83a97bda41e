import type {
  Batch,
  BatchDryRun,
  BatchHeader,
  BatchReport,
  BatchRequest,
  Chunk,
  CreatedBatch,
  Explanation,
  Payout,
  PayoutOverview,
  Timeline,
} from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Query, Transport } from './transport.ts';
import { type WaitOptions, waitUntil } from './wait.ts';

const ENDS: readonly Batch['status'][] = ['completed', 'partially_completed', 'failed', 'cancelled', 'rejected'];
/** Whether every payout of the batch has ended. */
export const isFinished = ({ status }: Pick<Batch, 'status'>) => ENDS.includes(status);
const named = (id: string) => ({ params: { batch_id: id } });

/** Batches of payouts. */
export class Batches {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a batch, and starts it unless `auto_start` is false or it has a `start_at`. `batch_id` is its idempotency key. */
  create(body: BatchRequest, options?: CallOptions): Promise<CreatedBatch> {
    return this.#transport.call('createBatch', { body }, options) as Promise<CreatedBatch>;
  }

  /** What the request would do now. Nothing is stored. An invalid request is no error: its problems are the answer. */
  dryRun(body: BatchRequest, options?: CallOptions): Promise<BatchDryRun> {
    const input = { query: { dry_run: 'true' }, body } as const;
    return this.#transport.call('createBatch', input, options) as Promise<BatchDryRun>;
  }

  get(id: string, options?: CallOptions): Promise<Batch> {
    return this.#transport.call('getBatch', named(id), options);
  }

  /** What moves now in all batches, and what may need a person. */
  overview(options?: CallOptions): Promise<PayoutOverview> {
    return this.#transport.call('getOverview', {}, options);
  }

  /** All of them, in order: which worker holds each one, and the statuses of its payouts. */
  async chunks(id: string, options?: CallOptions): Promise<readonly Chunk[]> {
    return (await this.#transport.call('listChunks', named(id), options)).chunks;
  }

  /** Newest first, of one `status` if it is given. */
  list(query: Query<'listBatches'> = {}, options?: CallOptions): Pages<BatchHeader, AnswerBody<'listBatches'>> {
    return this.#transport.list('listBatches', { query }, 'batches', options);
  }

  /** In the order of the request. */
  payouts(
    id: string,
    query: Query<'listPayouts'> = {},
    options?: CallOptions,
  ): Pages<Payout, AnswerBody<'listPayouts'>> {
    return this.#transport.list('listPayouts', { ...named(id), query }, 'payouts', options);
  }

  /**
   * Payouts of all batches by the `external_id` or a `transaction_id` that they claimed, those that got it last first; by a
   * `status`, those whose last change is the longest ago first; or by `batch_id`.
   */
  findPayouts(query: Query<'findPayouts'>, options?: CallOptions): Pages<Payout, AnswerBody<'findPayouts'>> {
    return this.#transport.list('findPayouts', { query }, 'payouts', options);
  }

  payout(id: string, options?: CallOptions): Promise<Payout> {
    return this.#transport.call('getPayout', { params: { payout_id: id } }, options);
  }

  /** Why a batch has its status, what happens next, and what a person may do. */
  explain(id: string, options?: CallOptions): Promise<Explanation> {
    return this.#transport.call('explainBatch', named(id), options);
  }

  /** Why a payout has its status, what was asked of the rail, what happens next, and what a person may do. */
  explainPayout(id: string, options?: CallOptions): Promise<Explanation> {
    return this.#transport.call('explainPayout', { params: { payout_id: id } }, options);
  }

  /** What happened to a payout, in the order of time. */
  payoutTimeline(id: string, options?: CallOptions): Promise<Timeline> {
    return this.#transport.call('getPayoutTimeline', { params: { payout_id: id } }, options);
  }

  /** Starts a batch, or resumes a stopped one. */
  start(id: string, options?: CallOptions): Promise<BatchHeader> {
    return this.#transport.call('startBatch', named(id), options);
  }

  /** Changes the time at which a scheduled batch starts. @param startAt RFC 3339, at most 90 days ahead */
  schedule(id: string, startAt: string, options?: CallOptions): Promise<BatchHeader> {
    return this.#transport.call('scheduleBatch', { ...named(id), body: { start_at: startAt } }, options);
  }

  /** Nothing is sent once the batch is `stopped`. */
  stop(id: string, options?: CallOptions): Promise<BatchHeader> {
    return this.#transport.call('stopBatch', named(id), options);
  }

  /** Cancels all that was not sent. What is in flight ends as the rail decides. */
  cancel(id: string, reason: string, options?: CallOptions): Promise<Batch> {
    return this.#transport.call('cancelBatch', { ...named(id), body: { reason } }, options);
  }

  /** Cancels one payout. If it is in flight, it ends as the rail decides. */
  cancelPayout(id: string, reason: string, options?: CallOptions): Promise<Payout> {
    return this.#transport.call('cancelPayout', { params: { payout_id: id }, body: { reason } }, options);
  }

  /** Pays the retryable failures of a finished batch again, or only those with one of these codes. */
  retryFailed(
    id: string,
    { codes, ...options }: CallOptions & { readonly codes?: readonly string[] } = {},
  ): Promise<AnswerBody<'retryFailed'>> {
    const query = codes ? { codes: codes.join(',') } : {};
    return this.#transport.call('retryFailed', { ...named(id), query }, options);
  }

  /** Looks a payout up at the rail now whose outcome is unknown, instead of after the pause. */
  lookUpPayout(id: string, options?: CallOptions): Promise<AnswerBody<'lookUpPayout'>> {
    return this.#transport.call('lookUpPayout', { params: { payout_id: id } }, options);
  }

  /** For operators: sends dead-lettered chunks to the workers again. */
  redrive(id: string, options?: CallOptions): Promise<AnswerBody<'redriveBatch'>> {
    return this.#transport.call('redriveBatch', named(id), options);
  }

  report(id: string, options?: CallOptions): Promise<BatchReport> {
    return this.#transport.call('getReport', named(id), options);
  }

  /** One line per payout. */
  reportCsv(id: string, options?: CallOptions): Promise<string> {
    return this.#transport.text('getReport', named(id), 'text/csv', options);
  }

  /** The invalid entries of a request with `on_invalid: "skip"` as they were sent, with their reasons. */
  rejectedCsv(id: string, options?: CallOptions): Promise<string> {
    return this.#transport.text('getRejectedEntries', named(id), 'text/csv', options);
  }

  /** Waits until every payout has ended: the batch is `completed`, `partially_completed`, `failed` or `cancelled`. */
  waitFor(id: string, options: WaitOptions<Batch> = {}): Promise<Batch> {
    const read = this.#transport.reader('getBatch', named(id), options);
    return waitUntil(`The batch ${id}`, read, isFinished, options);
  }
}
