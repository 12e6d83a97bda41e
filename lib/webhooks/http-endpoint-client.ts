import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
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
  /** Milliseconds since 1970, for dates in Retry-After. */
  readonly now?: () => number;
  /** Milliseconds for the connection with its TLS handshake, and for the whole call. */
  readonly limits?: { readonly connectMs: number; readonly totalMs: number };
};

const MAX_HEAD_BYTES = 16 * 1024;
/** An agent with connections to this many origins gets a successor. It bounds the idle connections and their memory. */
const MAX_ORIGINS = 200;
/** The time an idle connection is kept, in milliseconds, also if the endpoint asks for more. */
const IDLE_MS = 4_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends webhooks to endpoints that may be hostile. It follows no redirect, uses no proxy (undici reads no proxy
 * variables unless it is told to), decodes no content encoding and reads no more than 16 KB.
 *
 * A kept connection is used again without a new check. Its peer is the address that was checked when it connected, so a
 * name that resolves anew changes nothing about it.
 */
export function httpEndpointClient({
  allowLocal,
  lookup = allowLocal ? systemLookup : nameServerLookup(),
  now = Date.now,
  limits: { connectMs, totalMs } = { connectMs: 5_000, totalMs: 15_000 },
}: EndpointClientOptions): EndpointClient {
  const pool = new AgentPool(() => {
    return new Agent({
      connect: publicConnector({ allowLocal, lookup, connectMs }),
      maxHeaderSize: MAX_HEAD_BYTES,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      // The whole call has one limit.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  });

  const send = async ({ url, headers, body }: Call): Promise<Omit<Outcome, 'durationMs'>> => {
    const problem = problemWithUrl(url, { allowLocal });
    if (problem) return { error: problem };
    const { origin, pathname, search } = new URL(url);
    const late = Promise.withResolvers<never>();
    const abort = new AbortController();
    const timer = setTimeout(() => {
      late.reject(new Error('late'));
      abort.abort();
    }, totalMs);
    try {
      const answer = pool
        .agentFor(origin)
        .request({ origin, path: pathname + search, method: 'POST', headers, body, signal: abort.signal });
      // The signal alone does not end a request that waits for its connection.
      return await outcomeOf(await Promise.race([answer, late.promise]), now);
    } catch (error) {
      return { error: abort.signal.aborted ? `no answer within ${totalMs / 1000} s` : reasonOf(error) };
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async post(call) {
      const startedAt = performance.now();
      const outcome = await send(call);
      return { durationMs: Math.round(performance.now() - startedAt), ...outcome };
    },
    close: () => pool.close(),
  };
}

async function outcomeOf({ statusCode: status, headers, body }: Dispatcher.ResponseData, now: () => number) {
  const answer = answerText(await firstBytes(body));
  const wait = retryAfterMs(headers['retry-after'], now());
  return {
    status,
    answer,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(status >= 200 && status < 300 ? {} : { error: reasonOfStatus(status) }),
  };
}

function reasonOfStatus(status: number): string {
  return REDIRECTS.has(status)
    ? `redirects are not followed (status ${status})`
    : `the answer has the status ${status}`;
}

/** Leaving the loop destroys the connection. What arrived before a failure or the limit of time counts. */
async function firstBytes(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) break;
    }
  } catch {}
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES);
}

/** One agent at a time. A full one ends its calls and then its connections. */
class AgentPool {
  readonly #create: () => Agent;
  readonly #retired = new Set<Agent>();
  readonly #origins = new Set<string>();
  #agent: Agent;

  constructor(create: () => Agent) {
    this.#create = create;
    this.#agent = create();
  }

  agentFor(origin: string): Agent {
    if (this.#origins.size >= MAX_ORIGINS && !this.#origins.has(origin)) {
      const full = this.#agent;
      this.#retired.add(full);
      void full.close().finally(() => this.#retired.delete(full));
      this.#agent = this.#create();
      this.#origins.clear();
    }
    this.#origins.add(origin);
    return this.#agent;
  }

  async close(): Promise<void> {
    await Promise.all([this.#agent, ...this.#retired].map((agent) => agent.destroy()));
  }
}
