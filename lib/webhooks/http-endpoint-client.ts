import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Client } from 'undici';
import { answerText, MAX_ANSWER_BYTES, retryAfterMs } from './answer.ts';
import type { Call, EndpointClient, Outcome } from './call.ts';
import { problemWithUrl } from './endpoint-url.ts';
import { reasonOf } from './failure.ts';
import { publicConnector } from './http-connector.ts';
import { nameServerLookup } from './http-lookup.ts';

export type EndpointClientOptions = {
  /** Permits http, any port and loopback addresses: for development. */
  readonly allowLocal: boolean;
  /** How names are resolved. If absent: by the name servers, or in development as the machine does, with its hosts file. */
  readonly lookup?: LookupFunction;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds for the connection with its TLS handshake, and for the whole call. */
  readonly limits?: { readonly connectMs: number; readonly totalMs: number };
};

const MAX_HEAD_BYTES = 16 * 1024;
/** The time an idle connection is kept, in milliseconds, also if the endpoint asks for more. */
const IDLE_MS = 4_000;
const MAX_IDLE_CONNECTIONS = 200;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends webhooks to endpoints that may be hostile. It follows no redirect, uses no proxy (undici's Client reads no proxy
 * variables), decodes no content encoding and reads no more than 16 KB.
 *
 * A kept connection is used again without a new check. Its peer is the address that was checked when it connected, so a
 * name that resolves anew changes nothing about it.
 */
export function httpEndpointClient({
  allowLocal,
  lookup = allowLocal ? systemLookup : nameServerLookup(),
  now,
  limits: { connectMs, totalMs } = { connectMs: 5_000, totalMs: 15_000 },
}: EndpointClientOptions): EndpointClient {
  const connect = publicConnector({ allowLocal, lookup, connectMs });
  const connections = new Connections((origin) => {
    // The whole call has one limit, so the head and the body have none of their own.
    const noLimits = { headersTimeout: 0, bodyTimeout: 0 };
    const keepAlive = { keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS };
    return new Client(origin, { connect, maxHeaderSize: MAX_HEAD_BYTES, ...keepAlive, ...noLimits });
  });

  const send = async ({ url, headers, body }: Call): Promise<Omit<Outcome, 'durationMs'>> => {
    const problem = problemWithUrl(url, { allowLocal });
    if (problem) return { error: problem };
    const { origin, pathname, search } = new URL(url);
    const connection = connections.take(origin);
    let isReusable = false;
    const limit = AbortSignal.timeout(totalMs);
    const cutOff = () => connections.end(connection);
    limit.addEventListener('abort', cutOff);
    try {
      const answer = await connection.request({ path: pathname + search, method: 'POST', headers, body });
      const { bytes, isWhole } = await firstBytes(answer.body);
      isReusable = isWhole;
      const wait = retryAfterMs(answer.headers['retry-after'], now());
      return {
        ...{ status: answer.statusCode, answer: answerText(bytes), ...errorOfStatus(answer.statusCode) },
        ...(wait === undefined ? {} : { retryAfterMs: wait }),
      };
    } catch (error) {
      return { error: limit.aborted ? `no answer within ${totalMs / 1000} s` : reasonOf(error) };
    } finally {
      limit.removeEventListener('abort', cutOff);
      if (isReusable) connections.keep(origin, connection);
      else connections.end(connection);
    }
  };

  return {
    async post(call) {
      const startedAt = now();
      const outcome = await send(call);
      return { durationMs: Math.max(0, now() - startedAt), ...outcome };
    },
    close: () => connections.close(),
  };
}

function errorOfStatus(status: number): { readonly error?: string } {
  if (status >= 200 && status < 300) return {};
  if (REDIRECTS.has(status)) return { error: `redirects are not followed (status ${status})` };
  return { error: `the answer has the status ${status}` };
}

/** What arrived before a failure or the limit of time counts. Of an endless body the rest is not awaited. */
async function firstBytes(body: Readable): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  let isWhole = true;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      isWhole = size < MAX_ANSWER_BYTES;
      if (!isWhole) break;
    }
  } catch {
    isWhole = false;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES), isWhole };
}

/**
 * A call has its connection for itself, and ends it if the answer is not read to its end. undici's Agent would connect once
 * more after each call that is cut off.
 */
class Connections {
  readonly #create: (origin: string) => Client;
  readonly #open = new Set<Client>();
  /** The one that was used last is the last one. */
  readonly #idle: { readonly origin: string; readonly connection: Client }[] = [];

  constructor(create: (origin: string) => Client) {
    this.#create = create;
  }

  take(origin: string): Client {
    const index = this.#idle.findLastIndex((idle) => idle.origin === origin);
    const [idle] = index < 0 ? [] : this.#idle.splice(index, 1);
    const connection = idle?.connection ?? this.#create(origin);
    this.#open.add(connection);
    return connection;
  }

  keep(origin: string, connection: Client): void {
    this.#idle.push({ origin, connection });
    const [oldest] = this.#idle.length > MAX_IDLE_CONNECTIONS ? this.#idle.splice(0, 1) : [];
    if (oldest) this.end(oldest.connection);
  }

  end(connection: Client): void {
    this.#open.delete(connection);
    void connection.destroy();
  }

  async close(): Promise<void> {
    this.#idle.length = 0;
    await Promise.all([...this.#open].map((connection) => connection.destroy()));
    this.#open.clear();
  }
}
