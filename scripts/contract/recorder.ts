import { setTimeout } from 'node:timers/promises';
import { type Operation, routes } from '../../functions/routes.ts';
import type { Endpoints } from '../endpoints.ts';
import type { Example } from './examples.ts';

export type Asked = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};
export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of any route
  readonly json: any;
};

/** Headers that an example shows. */
const SHOWN = ['content-type', 'location', 'retry-after', 'idempotent-replayed', 'etag', 'content-disposition'];
const MAX_TEXT = 1_000;
const PATIENCE_MS = 30_000;

/** Sends requests to a service and keeps them, with their answers, as examples. */
export class Recorder {
  readonly examples: Record<string, Example[]> = {};
  readonly endpoints: Endpoints;

  constructor(endpoints: Endpoints) {
    this.endpoints = endpoints;
  }

  /** @throws Error if the answer has another status than expected */
  async ask(operation: Operation, status: number, asked: Asked = {}): Promise<Answered> {
    const answered = await this.send(operation, asked);
    if (answered.status !== status) {
      throw new Error(`${operation} was to answer ${status}, but answered ${answered.status}: ${answered.text}`);
    }
    this.keep(operation, asked, answered);
    return answered;
  }

  /** Without an example of it. */
  async send(operation: Operation, { headers, body, ...place }: Asked = {}): Promise<Answered> {
    const sent = body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body);
    const answer = await fetch(this.endpoints.api + pathOf(operation, place), {
      method: routes[operation].method,
      headers: { 'X-API-Key': this.endpoints.apiKey, 'Content-Type': 'application/json', ...headers },
      redirect: 'manual',
      ...(sent === undefined ? {} : { body: sent as string | Uint8Array<ArrayBuffer> }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('application/json') && text !== '';
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  keep(operation: Operation, { headers = {}, body, ...place }: Asked, { text, json, ...answered }: Answered): void {
    const { 'X-API-Key': _, ...shown } = headers;
    const answerHeaders = Object.fromEntries([...answered.headers].filter(([name]) => SHOWN.includes(name)));
    const content = json ?? (text === '' ? undefined : shortened(text));
    this.examples[operation] ??= [];
    this.examples[operation].push(
      withoutSecrets({
        request: {
          path: pathOf(operation, place),
          ...(Object.keys(shown).length > 0 ? { headers: shown } : {}),
          ...(body === undefined || body instanceof Uint8Array ? {} : { body }),
        },
        status: answered.status,
        ...(Object.keys(answerHeaders).length > 0 ? { headers: answerHeaders } : {}),
        ...(content === undefined ? {} : { body: content }),
      }),
    );
  }

  /** Asks until the answer is as wanted, and keeps that one. */
  async askUntil(
    operation: Operation,
    isWanted: (json: Answered['json']) => boolean,
    asked: Asked = {},
  ): Promise<Answered> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await setTimeout(50)) {
      const answered = await this.send(operation, asked);
      if (answered.status === 200 && isWanted(answered.json)) {
        this.keep(operation, asked, answered);
        return answered;
      }
      if (Date.now() > deadline) throw new Error(`${operation} still answers ${answered.text}`);
    }
  }

  async setBank(mode: object): Promise<void> {
    const answer = await fetch(`${this.endpoints.bank}/mode`, { method: 'PUT', body: JSON.stringify(mode) });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

function pathOf(operation: Operation, { params = {}, query = {} }: Asked): string {
  const path = routes[operation].path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams(query).toString();
  return search ? `${path}?${search}` : path;
}

const shortened = (text: string) => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`);

/** Links are signed, and lead to a port of this run. */
function withoutSecrets(example: Example): Example {
  const text = JSON.stringify(example)
    .replace(/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&"]+/g, '$1hidden')
    .replace(/whsec_[\w+/=]+/g, 'whsec_hidden')
    .replace(/sk_(test|live)_[\w-]+/g, 'sk_$1_hidden')
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:4566');
  return JSON.parse(text);
}
