import { setTimeout } from 'node:timers/promises';
import type { CloudEvent } from '../client/index.ts';
import { generatedId } from '../lib/kernel/id.ts';
import { signedHeaders } from '../lib/kernel/signature.ts';
import type { Cli } from './action.ts';

/** As long as the service waits for an answer. */
const TIMEOUT_MS = 15_000;
const RETRY_MS = 1_000;
const COLUMNS = { time: 13, type: 34, subject: 42, status: 12 };

const messageIds = generatedId('msg');

/** Sends events to a receiver on this machine, one after another, and shows how each one ended. */
export class Forwarder {
  readonly #url: string;
  readonly #secret: string;
  readonly #print: Cli['print'];
  readonly #isTable: boolean;
  #hasHead = false;

  constructor({ print, isJson }: Cli, { url, secret }: { url: string; secret: string }) {
    this.#url = url;
    this.#secret = secret;
    this.#print = print;
    this.#isTable = process.stdout.isTTY === true && !isJson;
  }

  /** Waits for a receiver that is down. @returns whether its answer is 2xx */
  async send(event: CloudEvent): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      this.#showUnderWay(event, attempt === 1 ? '...' : `down (${attempt})`);
      const startedAt = performance.now();
      const status = await this.#post(event);
      if (status !== undefined) {
        this.#show(event, status, Math.round(performance.now() - startedAt));
        return status >= 200 && status < 300;
      }
      if (attempt === 1 && !this.#isTable) console.error(`No answer from ${this.#url}. Waiting for it ...`);
      await setTimeout(RETRY_MS);
    }
  }

  /** @returns the status of the answer, if there was one */
  async #post(event: CloudEvent): Promise<number | undefined> {
    // Like the ids of deliveries it follows from the event and the receiver, so that a replay has the same.
    const id = messageIds.derive(this.#url, event.id);
    const body = JSON.stringify(event);
    const headers = { 'content-type': 'application/json', 'user-agent': 'Sluice-Webhooks/1' };
    const signed = signedHeaders([this.#secret], { id, now: Date.now(), body });
    try {
      const answer = await fetch(this.#url, {
        ...{ method: 'POST', headers: { ...headers, ...signed }, body },
        ...{ redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) },
      });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return undefined;
    }
  }

  /** The last line of the table changes until the event has ended. */
  #showUnderWay({ time, type, subject }: CloudEvent, status: string): void {
    if (!this.#isTable) return;
    if (!this.#hasHead) console.log(row('TIME', 'TYPE', 'SUBJECT', 'STATUS', 'DURATION'));
    this.#hasHead = true;
    process.stdout.write(`\r\x1b[2K${row(time.slice(11), type, subject, status, '')}`);
  }

  #show({ id, time, type, subject }: CloudEvent, status: number, ms: number): void {
    const text = this.#isTable
      ? `\r\x1b[2K${row(time.slice(11), type, subject, `${status}`, `${ms} ms`)}`
      : `${time} ${type} ${subject} ${status} ${ms} ms ${id}`;
    this.#print({ event_id: id, time, type, subject, status, duration_ms: ms }, text);
  }
}

function row(time: string, type: string, subject: string, status: string, duration: string): string {
  const cells = Object.entries({ time, type, subject, status });
  const padded = cells.map(([name, text]) => {
    const width = COLUMNS[name as keyof typeof COLUMNS];
    return text.slice(0, width).padEnd(width);
  });
  return [...padded, duration].join(' ').trimEnd();
}
