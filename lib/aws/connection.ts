import type { IncomingMessage } from 'node:http';
import { StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/*
 * The time that a call to AWS may take, with its retries. Every function of the service has at least 20 s.
 */

const CONNECT_MS = 500;
/** A service answers a small request in milliseconds. */
const TRY_MS = 2_000;
/** An upload or download may take minutes, but not pause for longer. Below 6 s, the SDK measures it from the start of a request. */
const SILENCE_MS = 5_000;
/** S3 sends a character now and then while it joins the parts of an upload. */
const BODY_SILENCE_MS = 10_000;
/** No try begins later than this after the first one, and none waits longer than {@link MAX_BACKOFF_MS}. */
const LAST_TRY_MS = 6_000;
const MAX_BACKOFF_MS = 1_000;
/** The longest call: the last try begins after a backoff. */
export const LONGEST_CALL_MS = LAST_TRY_MS + MAX_BACKOFF_MS + TRY_MS;
/**
 * A socket that was idle for longer is not used again. While Lambda freezes a container, peers close its connections, and a
 * firewall on the way may forget them without a word.
 */
const IDLE_MS = 20_000;
/** The SDK counts the wait for a free socket as time to connect, so no request should wait for one. */
const MAX_SOCKETS = 500;

type Handle = NodeHttpHandler['handle'];
type Limits = { readonly requestTimeout?: number; readonly socketTimeout?: number };

/** The SDK tries again after an error with this name, and the edge answers 503. */
const timedOut = (message: string) => Object.assign(new Error(message), { name: 'TimeoutError' });

/** The SDK's connection, without the sockets that were idle for too long. */
class Connection extends NodeHttpHandler {
  readonly #now: () => number;
  #usedAt = 0;

  constructor(now: () => number, limits: Limits) {
    const agent = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS };
    const agents = { httpAgent: agent, httpsAgent: agent };
    // Without `throwOnRequestTimeout` the SDK only logs a warning.
    super({ ...agents, connectionTimeout: CONNECT_MS, throwOnRequestTimeout: true, ...limits });
    this.#now = now;
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const now = this.#now();
    if (now - this.#usedAt > IDLE_MS) this.#closeIdle(); // after a freeze, the timers of the agent may be late
    this.#usedAt = now;
    return super.handle(request, options);
  }

  #closeIdle(): void {
    const { httpAgent, httpsAgent } = this.httpHandlerConfigs();
    for (const agent of [httpAgent, httpsAgent]) {
      if (!agent || !('freeSockets' in agent)) continue;
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  }
}

/** For small requests: a try takes at most {@link TRY_MS}. The SDK's own limit ends with the head of an answer. */
class ShortConnection extends Connection {
  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const late = AbortSignal.timeout(TRY_MS);
    const answer = await super.handle(request, options);
    const body: IncomingMessage = answer.response.body;
    const end = () => body.destroy(timedOut(`The answer took longer than ${TRY_MS} ms.`));
    late.addEventListener('abort', end);
    body.once('close', () => late.removeEventListener('abort', end));
    return answer;
  }
}

/**
 * For files: a try may take as long as bytes move. The SDK's own limit also ends a download whose reader is busy, so from the
 * head of an answer on there is another one.
 */
class StreamConnection extends Connection {
  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const answer = await super.handle(request, options);
    const body: IncomingMessage = answer.response.body;
    body.socket.setTimeout(0);
    endIfSilent(body);
    return answer;
  }
}

/** Destroys a body whose reader has waited for bytes that long, and for up to twice as long. */
function endIfSilent(body: IncomingMessage, bytesBefore?: number): void {
  const { socket } = body;
  AbortSignal.timeout(BODY_SILENCE_MS).addEventListener('abort', () => {
    if (body.closed) return;
    const readerIsBusy = body.readableLength >= body.readableHighWaterMark;
    if (!readerIsBusy && socket.bytesRead === bytesBefore) {
      body.destroy(timedOut(`No byte arrived for ${BODY_SILENCE_MS} ms.`));
    } else endIfSilent(body, readerIsBusy ? undefined : socket.bytesRead);
  });
}

/** The SDK's retries, but for a limited time. */
class TimedRetries extends StandardRetryStrategy {
  readonly #now: () => number;
  readonly #startedAt = new WeakMap<object, number>();

  constructor(now: () => number, maxAttempts: number) {
    super(maxAttempts);
    this.#now = now;
    const backoff = this.retryBackoffStrategy;
    const uncapped = backoff.computeNextBackoffDelay.bind(backoff);
    backoff.computeNextBackoffDelay = (attempt) => Math.min(uncapped(attempt), MAX_BACKOFF_MS);
  }

  override async acquireInitialRetryToken(scope: string) {
    return this.#keep(await super.acquireInitialRetryToken(scope), this.#now());
  }

  override async refreshRetryTokenForRetry(
    ...[token, failure]: Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>
  ) {
    const startedAt = this.#startedAt.get(token) ?? this.#now();
    if (this.#now() - startedAt > LAST_TRY_MS) throw new Error('There is no time for another try.'); // the SDK throws the failure
    return this.#keep(await super.refreshRetryTokenForRetry(token, failure), startedAt);
  }

  #keep<Token extends object>(token: Token, startedAt: number): Token {
    this.#startedAt.set(token, startedAt);
    return token;
  }
}

/** @param now epoch milliseconds */
export const shortCalls = (now: () => number, maxAttempts: number) => ({
  requestHandler: new ShortConnection(now, { requestTimeout: TRY_MS }),
  retryStrategy: new TimedRetries(now, maxAttempts),
});

/** The same for S3, whose tries may take as long as bytes move. */
export const streams = (now: () => number, maxAttempts: number) => ({
  requestHandler: new StreamConnection(now, { socketTimeout: SILENCE_MS }),
  retryStrategy: new TimedRetries(now, maxAttempts),
});
