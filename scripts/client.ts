import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ExactNumber, parseExact } from '../lib/kernel/exact-json.ts';

/** The addresses of a running service, as `npm start` writes them to `<data dir>/endpoints.json`. */
export type Endpoints = { readonly api: string; readonly apiKey: string; readonly aws: string; readonly bank: string };

export const count = z.instanceof(ExactNumber).transform(({ text }) => Number(text));
export const minorUnits = z.instanceof(ExactNumber).transform(({ text }) => BigInt(text));
const sumSchema = z.object({ amount: count, amount_minor: minorUnits, currency: z.string() });

const countsSchema = z.object({
  pending: count,
  processing: count,
  completed: count,
  failed: count,
  retrying: count,
  unknown: count,
});
const batchSchema = z.object({
  batch_id: z.string(),
  status: z.string(),
  run: count,
  total_count: count,
  counts: countsSchema,
  completed_totals: z.array(sumSchema),
  retryable_failures: count,
});
const payoutSchema = sumSchema.extend({ payout_id: z.string(), external_id: z.string(), status: z.string() });
const pageSchema = z.object({ payouts: z.array(payoutSchema), total_count: count });
const ledgerPageSchema = z.object({
  instructions: z.array(
    z.object({ instruction: z.string(), moves: count, moved_minor: z.string(), currency: z.string() }),
  ),
  next: z.string().nullable(),
});
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

export type BatchStatus = z.infer<typeof batchSchema>;
export type PayoutRow = z.infer<typeof payoutSchema>;
export type LedgerRow = z.infer<typeof ledgerPageSchema>['instructions'][number];

const PAGE_SIZE = 500;

export const isFinished = ({ status }: BatchStatus) => ['completed', 'partially_completed', 'failed'].includes(status);

/** The service or the bank did not answer, or not as expected; or the command cannot do what it was asked. */
export class Unexpected extends Error {}

/** An answer with an error status. */
export class ErrorResponse extends Unexpected {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The service of this data directory. @throws Unexpected if none is running */
export function endpointsOf(dataDir = process.env.SLUICE_DATA_DIR || '.sluice'): Endpoints {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as Endpoints;
  } catch {
    throw new Unexpected(`No service is running in ${dataDir}. Start one with: npm start`);
  }
}

/** The API, and the ledger of the mock bank. */
export class Client {
  readonly #at: Endpoints;

  constructor(endpoints: Endpoints) {
    this.#at = endpoints;
  }

  createBatch(body: object): Promise<unknown> {
    return this.#api('POST', '/batches', z.unknown(), body);
  }

  batch(id: string): Promise<BatchStatus> {
    return this.#api('GET', batchPath(id), batchSchema);
  }

  retryFailed(id: string): Promise<{ reopened_count: number }> {
    return this.#api('POST', `${batchPath(id)}/retry-failed`, z.object({ reopened_count: count }));
  }

  redrive(id: string): Promise<{ redriven_chunks: number[] }> {
    return this.#api('POST', `${batchPath(id)}/redrive`, z.object({ redriven_chunks: z.array(count) }));
  }

  /** @returns the number of withdrawals */
  async redriveWithdrawals(): Promise<number> {
    const schema = z.object({ redriven: count });
    return (await this.#api('POST', '/processors/withdrawals/redrive', schema)).redriven;
  }

  async payouts(id: string): Promise<PayoutRow[]> {
    const rows: PayoutRow[] = [];
    for (let page = 1; ; page += 1) {
      const path = `${batchPath(id)}/payouts?page=${page}&page_size=${PAGE_SIZE}`;
      const { payouts, total_count } = await this.#api('GET', path, pageSchema);
      rows.push(...payouts);
      if (page * PAGE_SIZE >= total_count) return rows;
    }
  }

  /** Every instruction of a batch that reached the bank. */
  ledger(batchId: string): Promise<LedgerRow[]> {
    return this.instructions(`${batchId}.`);
  }

  /** Every instruction with this prefix that reached the bank. */
  async instructions(prefix: string): Promise<LedgerRow[]> {
    const rows: LedgerRow[] = [];
    for await (const page of this.instructionPages(prefix)) rows.push(...page);
    return rows;
  }

  /** The same, page by page. */
  async *instructionPages(prefix: string): AsyncGenerator<readonly LedgerRow[]> {
    for (let after: string | null = ''; after !== null; ) {
      const query: string = new URLSearchParams({ prefix, after, limit: '5000' }).toString();
      const page: z.infer<typeof ledgerPageSchema> = await this.#bank(
        'GET',
        `/audit/instructions?${query}`,
        ledgerPageSchema,
      );
      yield page.instructions;
      after = page.next;
    }
  }

  /** The sum of all charges by currency. */
  async chargedTotals(): Promise<ReadonlyMap<string, bigint>> {
    const schema = z.object({ totals: z.record(z.string(), z.string()) });
    const { totals } = await this.#bank('GET', '/audit?kind=charges', schema);
    return new Map(Object.entries(totals).map(([currency, minor]) => [currency, BigInt(minor)]));
  }

  /** The number of instructions of a batch that arrived at the bank, with repeated attempts. */
  async attempts(batchId: string): Promise<number> {
    const query = new URLSearchParams({ prefix: `${batchId}.` }).toString();
    return (await this.#bank('GET', `/audit?${query}`, z.object({ arrivals: count }))).arrivals;
  }

  setBank(mode: object): Promise<unknown> {
    return this.#bank('PUT', '/mode', z.unknown(), mode);
  }

  #api<Schema extends z.ZodType>(method: string, path: string, schema: Schema, body?: object) {
    return call(method, `${this.#at.api}${path}`, schema, { 'X-API-Key': this.#at.apiKey }, body);
  }

  #bank<Schema extends z.ZodType>(method: string, path: string, schema: Schema, body?: object) {
    return call(method, `${this.#at.bank}${path}`, schema, {}, body);
  }
}

const batchPath = (id: string) => `/batches/${encodeURIComponent(id)}`;

/** Reads numbers exactly, never as floats. @throws Unexpected for an answer that does not fit the schema */
export async function call<Schema extends z.ZodType>(
  method: string,
  url: string,
  schema: Schema,
  headers: Record<string, string>,
  body?: object,
): Promise<z.output<Schema>> {
  const answer = await reach(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const content = text === '' ? undefined : parseOrLeave(text);
  const parsed = schema.safeParse(content);
  if (answer.ok && parsed.success) return parsed.data;
  const message = errorSchema.safeParse(content).data?.error.message;
  throw new ErrorResponse(message ?? `${method} ${url} answered ${answer.status} ${text.slice(0, 200)}`, answer.status);
}

/** @throws Unexpected if there is no answer */
export function reach(url: string, request: RequestInit = {}): Promise<Response> {
  return fetch(url, request).catch(() => {
    throw new Unexpected(`Nothing answers at ${new URL(url).origin}. Is the service running? Start it with: npm start`);
  });
}

function parseOrLeave(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return text; // an error page, for example; the schema refuses it
  }
}
