import type { AcceptedJob, Explanation, Job, JobWithProgress, Settlement, SettlementRequest } from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Query, Transport } from './transport.ts';
import { type WaitOptions, waitUntil } from './wait.ts';

const ENDS: readonly Job['status'][] = ['COMPLETED', 'FAILED', 'CANCELLED'];
const named = (id: string) => ({ params: { job_id: id } });

/** Settlement jobs. */
export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Settles a range of days, both ends included. */
  create(body: SettlementRequest, options?: CallOptions): Promise<AcceptedJob> {
    return this.#transport.call('createJob', { body }, options);
  }

  get(id: string, options?: CallOptions): Promise<JobWithProgress> {
    return this.#transport.call('getJob', named(id), options);
  }

  /** Newest first. */
  list(query: Query<'listJobs'> = {}, options?: CallOptions): Pages<Job, AnswerBody<'listJobs'>> {
    return this.#transport.list('listJobs', { query }, 'jobs', options);
  }

  /** Why a job has its status, what happens next, and what a person may do. */
  explain(id: string, options?: CallOptions): Promise<Explanation> {
    return this.#transport.call('explainJob', named(id), options);
  }

  /** It stops within one page of rows, and its files are removed. The reason is stored with it. */
  cancel(id: string, { reason, ...options }: CallOptions & { readonly reason?: string } = {}): Promise<Job> {
    const query = reason === undefined ? {} : { reason };
    return this.#transport.call('cancelJob', { ...named(id), query }, options);
  }

  /** Waits until the job is COMPLETED, FAILED or CANCELLED. */
  waitFor(id: string, options: WaitOptions<JobWithProgress> = {}): Promise<JobWithProgress> {
    const read = this.#transport.reader('getJob', named(id), options);
    return waitUntil(`The job ${id}`, read, ({ status }) => ENDS.includes(status), options);
  }
}

export class Settlements {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Of one merchant, or of all merchants. */
  list(query: Query<'listSettlements'>, options?: CallOptions): Pages<Settlement, AnswerBody<'listSettlements'>> {
    return this.#transport.list('listSettlements', { query }, 'settlements', options);
  }
}

/** Files of completed jobs. Links work for 15 minutes, without a key. */
export class Downloads {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A link to a file such as `JOB.csv` or `JOB.manifest.json`. @throws SluiceError NOT_FOUND: there is no such file yet */
  async link(file: string, options?: CallOptions): Promise<string> {
    return (await this.#transport.call('download', { params: { file } }, options)).location;
  }

  /** The content of a file. Read `body` as a stream if the file is large. */
  async fetch(file: string, options: CallOptions = {}): Promise<Response> {
    const { signal } = options;
    return this.#transport.reach(await this.link(file, options), signal ? { signal } : {});
  }
}
