import { type Operations, operations } from './contract.ts';
import { errorOf, foreignAnswer, isErrorBody, SluiceConnectionError, SluiceError } from './errors.ts';
import { parseJson, requireExactJson, toJson } from './exact-json.ts';
import { type Page, Pages } from './pages.ts';
import { isRepeatable, needsKey, type OperationId } from './repeatable.ts';
import { mayRetry, pauseAfter, sleep } from './retry.ts';

export type SluiceOptions = {
  /** The address of the API, such as `https://api.example.com/prod`. */
  readonly baseUrl: string;
  /** Not given in a browser with a session: its cookie takes the place of a key. */
  readonly apiKey?: string;
  /** Sent with every request to the API. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The most attempts of a call; 6 by default. */
  readonly attempts?: number;
  /** How long a call may take with all of its attempts; two minutes by default. */
  readonly timeoutMs?: number;
  /** How long one attempt may take; 35 seconds by default, because API Gateway answers within 29. */
  readonly attemptTimeoutMs?: number;
  readonly fetch?: typeof fetch;
};

/** Options of one call. */
export type CallOptions = {
  /** The key under which the request has one effect. The client makes one, and sends it with every attempt. */
  readonly idempotencyKey?: string;
  /** X-Request-Id, which the service writes to its logs and events. The client makes one for each call. */
  readonly requestId?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  /** The ETag of an answer that you have: status 304, without a body, says that it is unchanged. */
  readonly ifNoneMatch?: string | undefined;
};

/** What an operation takes: `params` of its path, `query` and `body`. */
export type Input<Id extends OperationId> = Omit<Operations[Id], 'answer' | 'text'>;

export type AnswerBody<Id extends OperationId> = Operations[Id]['answer'];
/** The query of an operation. */
export type Query<Id extends OperationId> = Operations[Id] extends { query?: infer Given } ? NonNullable<Given> : never;
/** Operations that also answer with text. */
type TextId = { [Id in OperationId]: Operations[Id] extends { text: string } ? Id : never }[OperationId];
/** Operations that answer with a page of a list. */
type ListId = { [Id in OperationId]: AnswerBody<Id> extends Page ? Id : never }[OperationId];

export type Answer<Body> = { readonly status: number; readonly headers: Headers; readonly body: Body };

type Parts = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};
const TIMEOUT_MS = 120_000;

/** Sends requests, and repeats them where that is safe. */
export class Transport {
  readonly #options: SluiceOptions;

  /** @throws TypeError the engine is too old */
  constructor(options: SluiceOptions) {
    requireExactJson();
    this.#options = options;
  }

  /** @throws SluiceError; SluiceConnectionError; the reason of an aborted signal */
  async call<Id extends OperationId>(id: Id, input: Input<Id>, options?: CallOptions): Promise<AnswerBody<Id>> {
    return (await this.answer(id, input, options)).body;
  }

  /** The same with status and headers. */
  async answer<Id extends OperationId>(
    id: Id,
    input: Input<Id>,
    options: CallOptions = {},
  ): Promise<Answer<AnswerBody<Id>>> {
    return (await this.#send(id, input as Parts, options)) as Answer<AnswerBody<Id>>;
  }

  /** Reads a resource again and again, for `waitUntil`. */
  reader<Id extends OperationId>(id: Id, input: Input<Id>, { signal }: { readonly signal?: AbortSignal }) {
    const { timeoutMs: longest = TIMEOUT_MS } = this.#options;
    return (ifNoneMatch: string | undefined, withinMs: number) => {
      const timeoutMs = Math.min(longest, withinMs);
      return this.answer(id, input, { timeoutMs, ifNoneMatch, ...(signal ? { signal } : {}) });
    };
  }

  /** The answer as text of this content type. */
  async text<Id extends TextId>(id: Id, input: Input<Id>, accept: string, options: CallOptions = {}): Promise<string> {
    return (await this.#send(id, input as Parts, options, accept)).body as string;
  }

  /** The pages of a list, whose items are in this field of the answers. */
  list<Id extends ListId, Field extends keyof AnswerBody<Id>>(
    id: Id,
    input: Input<Id>,
    field: Field,
    options?: CallOptions,
  ): Pages<AnswerBody<Id>[Field] extends readonly (infer Item)[] ? Item : never, AnswerBody<Id>> {
    const { query = {}, ...rest } = input as Parts;
    const read = (cursor: unknown) =>
      this.call(id, { ...rest, query: { ...query, cursor } } as unknown as Input<Id>, options);
    return new Pages(read, (page) => page[field] as never, query.cursor as string | undefined);
  }

  /** Requests a link, without the API key. @throws SluiceConnectionError */
  async reach(url: string, init: RequestInit): Promise<Response> {
    const { fetch = globalThis.fetch } = this.#options;
    const { origin } = new URL(url);
    const response = await fetch(url, init).catch((cause) => {
      init.signal?.throwIfAborted();
      throw new SluiceConnectionError(`${origin} cannot be reached.`, { cause });
    });
    if (response.ok) return response;
    const { status, headers } = response;
    throw foreignAnswer({ status, headers, text: await response.text(), route: `${init.method ?? 'GET'} ${origin}` });
  }

  async #send(id: OperationId, input: Parts, options: CallOptions, accept?: string): Promise<Answer<unknown>> {
    const { attempts = 6, timeoutMs = TIMEOUT_MS } = { ...this.#options, ...options };
    const repeatable = isRepeatable(id, input.body);
    const deadline = Date.now() + timeoutMs;
    const request = this.#request(id, input, options, accept);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(id, request, deadline, options.signal);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (attempt >= attempts || !mayRetry(error, repeatable)) throw error;
        const pause = pauseAfter(attempt, (error as { retryAfter?: number }).retryAfter);
        if (Date.now() + pause >= deadline) throw error;
        await sleep(pause, options.signal);
      }
    }
  }

  async #attempt(id: OperationId, request: Request, deadline: number, signal: AbortSignal | undefined) {
    const { attemptTimeoutMs = 35_000, fetch = globalThis.fetch } = this.#options;
    const inTime = AbortSignal.timeout(Math.max(1, Math.min(attemptTimeoutMs, deadline - Date.now())));
    const route = `${operations[id].method} ${operations[id].path}`;
    const { url, ...init } = request;
    try {
      const response = await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, inTime]) : inTime });
      return answerOf(id, response, await response.text(), route);
    } catch (error) {
      if (error instanceof SluiceError || error instanceof SluiceConnectionError) throw error;
      signal?.throwIfAborted();
      const reason = inTime.aborted ? 'did not answer in time' : 'cannot be reached';
      throw new SluiceConnectionError(`${route}: ${new URL(url).origin} ${reason}.`, { cause: error });
    }
  }

  /** The same for every attempt, with the same key and the same request id. */
  #request(id: OperationId, input: Parts, options: CallOptions, accept: string | undefined) {
    const { baseUrl, apiKey, headers } = this.#options;
    const { method, path } = operations[id];
    const { body } = input;
    const { ifNoneMatch } = options;
    const key = options.idempotencyKey ?? (needsKey(id, body) ? crypto.randomUUID() : undefined);
    return {
      method,
      url: `${baseUrl.replace(/\/+$/, '')}${filled(path, input.params)}${queryOf(input.query)}`,
      redirect: 'manual', // a link to a file is an answer, and its host must not get the API key
      headers: {
        ...headers,
        ...(apiKey === undefined ? {} : { 'X-API-Key': apiKey }),
        'X-Request-Id': options.requestId ?? crypto.randomUUID(),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(accept === undefined ? {} : { Accept: accept }),
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...(ifNoneMatch === undefined ? {} : { 'If-None-Match': ifNoneMatch }),
      } as Record<string, string>,
      ...(body === undefined ? {} : { body: toJson(body) }),
    } as const;
  }
}

type Request = { readonly url: string } & Omit<RequestInit, 'signal'>;

/** @throws SluiceError; SluiceConnectionError if the answer is not from the service */
function answerOf(id: OperationId, { status, headers }: Response, text: string, route: string): Answer<unknown> {
  const expected: readonly number[] = operations[id].answers;
  const isAnswer = expected.includes(status) && !(status >= 400 && isErrorBody(text));
  if (status !== 304 && !isAnswer) throw errorOf({ status, headers, text, route });
  try {
    const isJson = headers.get('content-type')?.includes('json') && text !== '';
    return { status, headers, body: isJson ? parseJson(text) : text || undefined };
  } catch {
    throw foreignAnswer({ status, headers, text, route });
  }
}

const filled = (path: string, params: Parts['params'] = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

function queryOf(query: Parts['query'] = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
}
