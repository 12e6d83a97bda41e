import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Sluice } from '../../client/index.ts';
import { MockBank } from '../../scripts/bank.ts';
import { clientOf, type Endpoints, endpointsOf } from '../../scripts/endpoints.ts';
import { ServiceProcess, type Start } from '../../scripts/service.ts';
import { expectDeclared } from './contract.ts';

/** With the request's method and path. */
export type Answer = {
  method: string;
  path: string;
  status: number;
  headers: Headers;
  body: any;
  text: string;
};

/** The running product, as a user has it: `npm start` with its own ports and data directory. */
export class Service {
  readonly dataDir: string;
  readonly #start: Start;
  #process: ServiceProcess | undefined;
  #endpoints: Endpoints | undefined;

  constructor(start: Start = 'embedded', dataDir = mkdtempSync(join(tmpdir(), 'sluice-e2e-'))) {
    this.#start = start;
    this.dataDir = dataDir;
  }

  /** A service that another process has started, and stops. */
  static runningAt(dataDir: string): Service {
    const service = new Service('embedded', dataDir);
    service.#endpoints = endpointsOf(dataDir);
    return service;
  }

  /** Resolves when it is ready; fails with its output if it ends before. */
  async start(env: Record<string, string> = {}): Promise<void> {
    this.#process ??= await ServiceProcess.at(this.dataDir, {}, this.#start);
    this.#endpoints = await this.#process.start(env);
  }

  /** kill -9 of the whole service; its children end by themselves. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Ctrl-C, then removes its data directory. @returns the exit code */
  async stop(): Promise<number | null> {
    const code = (await this.#process?.stop()) ?? null;
    rmSync(this.dataDir, { recursive: true, force: true });
    return code;
  }

  get endpoints() {
    if (!this.#endpoints) throw new Error('the service was not started');
    return this.#endpoints;
  }

  /** The client that users have. */
  get client(): Sluice {
    return clientOf(this.endpoints);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('GET', path, undefined, headers);
  }

  /** Posts JSON; a string body is sent unchanged. */
  post(path: string, body: unknown = undefined, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('POST', path, body, headers);
  }

  /** @throws Error if the answer is not as docs/openapi.json declares it */
  async request(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(`${this.endpoints.api}${path}`, {
      method,
      headers: { 'X-API-Key': this.endpoints.apiKey, 'Content-Type': 'application/json', ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const answer = { method, path, status: response.status, headers: response.headers, text: await response.text() };
    expectDeclared(answer);
    const isJson = answer.headers.get('content-type')?.includes('json');
    return { ...answer, body: isJson && answer.text ? JSON.parse(answer.text) : undefined };
  }

  setBank(mode: Record<string, unknown>): Promise<void> {
    return new MockBank(this.endpoints).setMode(mode);
  }

  bankAudit(prefix: string) {
    return new MockBank(this.endpoints).audit(prefix);
  }

  /** Polls a batch, less often the longer it takes, checking at every read that its counts sum to its total, until `until` returns true. */
  async batchUntil(id: string, until: (batch: any) => boolean, patienceMs = 60_000): Promise<any> {
    for (const begun = Date.now(); ; await setTimeout(30 + (Date.now() - begun) / 20)) {
      const { body } = await this.get(`/batches/${id}`);
      const sum = Object.values<number>(body.counts).reduce((a, b) => a + b, 0);
      if (sum !== body.total_count) throw new Error(`counts do not add up: ${JSON.stringify(body)}`);
      if (until(body)) return body;
      if (Date.now() > begun + patienceMs) throw new Error(`batch ${id} is still ${JSON.stringify(body)}`);
    }
  }

  finished(id: string, patienceMs?: number) {
    return this.batchUntil(
      id,
      ({ status }) => ['completed', 'partially_completed', 'failed'].includes(status),
      patienceMs,
    );
  }
}

/** A body of POST /batches. */
export function vendorBatch(size: number, batchId?: string) {
  return {
    ...(batchId === undefined ? {} : { batch_id: batchId }),
    payouts: Array.from({ length: size }, (_, index) => ({
      vendor_id: `vendor-${index}`,
      vendor_name: `Vendor ${index}`,
      ...([
        { amount: 10_000.25 + index, currency: 'IDR' },
        { amount: 900.5 + index, currency: 'PHP' },
        { amount: 250_000 + index, currency: 'VND' },
      ][index % 3] ?? {}),
      bank_account: `10020030${index}`,
      bank_name: 'Bank Mandiri',
      transaction_ids: [`txn-${index}`],
    })),
  };
}
