import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { call, count, type Endpoints, minorUnits, Unexpected } from '../client.ts';

const jobSchema = z.object({
  job_id: z.string(),
  status: z.enum(['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED']),
  from: z.string(),
  to: z.string(),
  progress: count,
  processed: count,
  total: count,
  transactions: count,
  generated_at: z.string(),
  unique_run_id: z.string(),
});
const settlementSchema = z.object({
  merchant_id: z.string(),
  date: z.string(),
  gross_cents: minorUnits,
  fee_cents: minorUnits,
  net_cents: minorUnits,
  txn_count: count,
  generated_at: z.string(),
  unique_run_id: z.string(),
});
const pageSchema = z.object({ settlements: z.array(settlementSchema), next_cursor: z.string().nullable() });
const acceptedSchema = z.object({ job_id: z.string() });

export type Job = z.infer<typeof jobSchema>;
export type Settlement = z.infer<typeof settlementSchema>;

const PAGE_SIZE = '500';
const POLL_MS = 50;

export const isFinished = ({ status }: Job) => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(status);

/** The settlement API. */
export class SettlementClient {
  readonly #at: Endpoints;

  constructor(endpoints: Endpoints) {
    this.#at = endpoints;
  }

  /** @returns the id of the new job */
  async settle(range: { readonly from: string; readonly to: string }): Promise<string> {
    return (await this.#api('POST', '/jobs/settlement', acceptedSchema, range)).job_id;
  }

  job(id: string): Promise<Job> {
    return this.#api('GET', jobPath(id), jobSchema);
  }

  cancel(id: string): Promise<unknown> {
    return this.#api('POST', `${jobPath(id)}/cancel`, z.unknown());
  }

  /** Polls the job until it is finished. */
  async finished(id: string, pollMs = POLL_MS): Promise<Job> {
    for (;;) {
      const job = await this.job(id);
      if (isFinished(job)) return job;
      await setTimeout(pollMs);
    }
  }

  /** The settlements of all merchants for these days. */
  async settlements(from: string, to: string): Promise<Settlement[]> {
    const all: Settlement[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = new URLSearchParams({
        from,
        to,
        limit: PAGE_SIZE,
        ...(cursor === '' ? {} : { cursor }),
      }).toString();
      const page: z.infer<typeof pageSchema> = await this.#api('GET', `/settlements?${query}`, pageSchema);
      all.push(...page.settlements);
      cursor = page.next_cursor;
    }
    return all;
  }

  /** A link to a file of a completed job, which works for a while without a key. @throws Unexpected if there is none */
  async linkTo(id: string, suffix: '.csv' | '.manifest.json'): Promise<string> {
    const path = `/downloads/${encodeURIComponent(id)}${suffix}`;
    const answer = await fetch(`${this.#at.api}${path}`, {
      headers: { 'X-API-Key': this.#at.apiKey },
      redirect: 'manual',
    });
    const link = answer.headers.get('location');
    if (answer.status === 302 && link !== null) return link;
    throw new Unexpected(`GET ${path} answered ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  }

  #api<Schema extends z.ZodType>(method: string, path: string, schema: Schema, body?: object) {
    return call(method, `${this.#at.api}${path}`, schema, { 'X-API-Key': this.#at.apiKey }, body);
  }
}

const jobPath = (id: string) => `/jobs/${encodeURIComponent(id)}`;

/** The bucket is the first part of the path of a link (lib/aws/clients.ts). */
export function bucketOf(link: string): string {
  return decodeURIComponent(new URL(link).pathname.split('/')[1] ?? '');
}

/** The object behind a link; undefined if there is none. */
export async function download(link: string): Promise<Buffer | undefined> {
  const answer = await fetch(link);
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Unexpected(`${new URL(link).pathname} answered ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}
