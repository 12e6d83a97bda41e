import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { startBank } from '../../localstack/bank/server.ts';

const POLL_MS = 10;
const DEADLINE_MS = 10_000;

export type Answer = { readonly status: number; readonly text: string; readonly body: Record<string, unknown> };

/** An HTTP client of the bank and its audit. */
export class BankCaller {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Sends an instruction to pay 1,500.50 IDR; the reference `p1.2` is an attempt at the instruction `p1`. */
  pay(reference: string, changes: Record<string, unknown> = {}, rail = 'transfers', signal?: AbortSignal) {
    const instruction = reference.replace(/\.\d+$/, '');
    const destination = { type: 'bank_account', bank_account: '0012345678', bank_name: 'BCA' };
    const body = { reference, instruction, amount_minor: '150050', currency: 'IDR', destination, ...changes };
    return this.request('POST', `/${rail}`, body, signal);
  }

  /** The answer to a look-up: `not_found`, `processing`, `completed`, or the code of the refusal. */
  async standing(reference: string, rail = 'transfers'): Promise<string> {
    const { body } = await this.request('GET', `/${rail}/${encodeURIComponent(reference)}`);
    return String(body.code ?? body.status);
  }

  behave(settings: Record<string, unknown>): Promise<Answer> {
    return this.request('PUT', '/mode', settings);
  }

  /** How often the instruction moved money. */
  async moves(instruction: string): Promise<number> {
    const { body } = await this.request('GET', `/audit/instructions?prefix=${instruction}`);
    const rows = body.instructions as { instruction: string; moves: number }[];
    return rows.find((row) => row.instruction === instruction)?.moves ?? 0;
  }

  async request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    return { status: response.status, text, body: parsed(text) };
  }
}

/** Starts a bank that ends with the test. */
export async function givenABank(settings: Record<string, unknown> = {}, ledgerFile = ':memory:'): Promise<BankCaller> {
  const bank = await startBank({ port: 0, ledgerFile });
  onTestFinished(() => bank.stop());
  const caller = new BankCaller(bank.url);
  await caller.behave(settings);
  return caller;
}

/** Repeats a check until it succeeds. Throws after 10 s. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('did not come true in 10 s');
    await sleep(POLL_MS);
  }
}

/** Text that is not JSON counts as an empty body. */
function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
