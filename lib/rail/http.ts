import { type BulkheadPolicy, bulkhead } from 'cockatiel';
import { Agent, type Dispatcher } from 'undici';
import { z } from 'zod';
import { Authentication, type AuthenticationDeps, IDLE_MS } from './authentication.ts';
import type { Circuit } from './circuit.ts';
import type { LookUpAnswer, Rail, RailInstruction, Refusal, SendAnswer } from './port.ts';

export type HttpRailOptions = {
  /** Base URL of the rail; it may have a path. */
  readonly url: string;
  /** The credentials for the rail. */
  readonly authentication: AuthenticationDeps;
  /** The path of its instructions: transfers of a bank, charges of a gateway, or broadcasts to a chain. */
  readonly resource: 'transfers' | 'charges' | 'broadcasts';
  /** Milliseconds one call may take, connection and answer included. */
  readonly deadlineMs: number;
  /** Calls under way at once in this process; further ones wait. */
  readonly maxInFlight: number;
  readonly circuit: Circuit;
  /** Called when a call begins. `headers` go with it, and `end` gets the status of its answer, if there is one. */
  readonly trace?: TraceCall | undefined;
};

type TraceCall = (call: { readonly name: string; readonly method: string; readonly url: string }) => {
  readonly headers: Readonly<Record<string, string>>;
  end(status?: number): void;
};

const untraced: TraceCall = () => ({ headers: {}, end() {} });

const RETRYABLE = new Set(['BANK_API_TIMEOUT', 'RATE_LIMITED', 'INSUFFICIENT_FUNDS', 'TRANSACTION_DROPPED']);

/** The refusal of a repeated reference; it does not give the outcome of the instruction. */
const DUPLICATE_REFERENCE = 'DUPLICATE_REFERENCE';

const answerSchema = z.discriminatedUnion('status', [
  z.object({
    reference: z.string(),
    status: z.literal('completed'),
    bank_id: z.string(),
    confirmations: z.int().nonnegative().optional(),
  }),
  z.object({
    reference: z.string(),
    status: z.literal('returned'),
    bank_id: z.string(),
    code: z.string(),
    returned_minor: z.string().regex(/^\d{1,30}$/),
    returned_at: z.iso.datetime(),
  }),
  z.object({ reference: z.string(), status: z.literal('refused'), code: z.string(), message: z.string() }),
  z.object({ reference: z.string(), status: z.literal('processing') }),
  z.object({ reference: z.string(), status: z.literal('not_found') }),
]);
type Answer = z.infer<typeof answerSchema>;

type Cause = Extract<SendAnswer, { kind: 'unanswered' }>['cause'];

/** Never leaves this file. */
class Unanswered extends Error {
  readonly how: Cause;

  constructor(how: Cause, message: string) {
    super(message);
    this.how = how;
  }
}

/**
 * The rail over HTTP. An answer counts only if it fits the contract and names our reference; any other answer leaves the
 * outcome unknown, with every status code. This class never repeats a send: only a look-up makes that safe.
 */
export class HttpRail implements Rail {
  readonly deadlineMs: number;
  /** Without a slash at the end. */
  readonly #url: string;
  readonly #resource: string;
  readonly #authentication: Authentication<Agent>;
  readonly #trace: TraceCall;
  readonly #slots: BulkheadPolicy;
  readonly #circuit: Circuit;

  constructor({ url, resource, authentication, deadlineMs, maxInFlight, circuit, trace = untraced }: HttpRailOptions) {
    this.deadlineMs = deadlineMs;
    this.#url = url.replace(/\/$/, '');
    this.#resource = resource;
    this.#trace = trace;
    const idle = { keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS }; // also if the rail offers more
    const agent = { connections: maxInFlight, pipelining: 1, ...idle };
    this.#authentication = new Authentication(
      authentication,
      (tls = {}) => new Agent({ ...agent, connect: { ...tls, timeout: deadlineMs } }),
    );
    this.#slots = bulkhead(maxInFlight, Number.POSITIVE_INFINITY);
    this.#circuit = circuit;
  }

  send(instruction: RailInstruction, mayStillSend: () => Promise<boolean>): Promise<SendAnswer> {
    return this.#slots.execute(async () => {
      if (!(await this.#authentication.isReady())) return { kind: 'unsent', cause: 'no_credentials' };
      if (!(await this.#circuit.admits())) return { kind: 'unsent', cause: 'circuit_open' };
      if (!(await mayStillSend())) return { kind: 'unsent', cause: 'forbidden' };
      try {
        const answer = await this.#post(instruction);
        await this.#circuit.report('answered');
        return answer;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        await this.#circuit.report('unanswered');
        return { kind: 'unanswered', cause: error.how };
      }
    });
  }

  lookUp(reference: string): Promise<LookUpAnswer> {
    return this.#slots.execute(async () => {
      try {
        if (!(await this.#authentication.isReady())) return { kind: 'no_answer' };
        const answer = await this.#call('GET', `/${this.#resource}/${encodeURIComponent(reference)}`, reference);
        switch (answer.status) {
          case 'completed':
            return paid(answer);
          case 'returned': {
            const { bank_id: bankId, code, returned_minor: minor, returned_at: at } = answer;
            return { kind: 'paid', bankId, givenBack: { minor: BigInt(minor), code, at: new Date(at).toISOString() } };
          }
          case 'refused':
            return { kind: 'refused', failure: refusal(answer) };
          case 'processing':
            return { kind: 'in_process' };
          case 'not_found':
            return { kind: 'not_found' };
        }
      } catch (error) {
        if (error instanceof Unanswered) return { kind: 'no_answer' };
        throw error;
      }
    });
  }

  async isHealthy(): Promise<boolean> {
    try {
      if (!(await this.#authentication.isReady())) return false;
      const { statusCode, body } = await this.#request('GET', '/health');
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  async #post({ reference, instruction, money, destination }: RailInstruction): Promise<SendAnswer> {
    const answer = await this.#call('POST', `/${this.#resource}`, reference, {
      reference,
      instruction,
      amount_minor: money.minor.toString(),
      currency: money.currency,
      destination,
    });
    if (answer.status === 'completed') return paid(answer);
    if (answer.status === 'refused') {
      // The rail refuses this copy; a look-up gives the outcome of the first one.
      if (answer.code === DUPLICATE_REFERENCE) return { kind: 'unanswered', cause: 'failed' };
      return { kind: 'refused', failure: refusal(answer) };
    }
    throw new Unanswered('failed', `answered ${answer.status} to an instruction`);
  }

  async #call(method: 'GET' | 'POST', path: string, reference: string, content?: object): Promise<Answer> {
    const { status, text } = await this.#request(method, path, content)
      .then(async ({ statusCode, body }) => ({ status: statusCode, text: await body.text() }))
      .catch((error: Error) => {
        throw new Unanswered(error.name === 'TimeoutError' ? 'timed_out' : 'failed', error.name);
      });
    const answer = answerSchema.safeParse(parseJson(text));
    if (answer.success && answer.data.reference === reference) return answer.data;
    const isRefused = status === 401 || status === 403;
    if (isRefused) this.#authentication.onRefused(status);
    throw new Unanswered(isRefused ? 'unauthorized' : 'failed', 'not an answer of the contract');
  }

  /** After `isReady`. */
  #request(method: 'GET' | 'POST', path: string, content?: object): Promise<Dispatcher.ResponseData> {
    const url = new URL(`${this.#url}${path}`);
    const traced = this.#trace({ name: this.#resource, method, url: url.href });
    const body = content && JSON.stringify(content);
    const answer = this.#authentication.connections.request({
      origin: url.origin,
      path: url.pathname,
      method,
      signal: AbortSignal.timeout(this.deadlineMs),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...traced.headers,
        ...this.#authentication.headers({ method, url, body }),
      },
      ...(body === undefined ? {} : { body }),
    });
    answer.then(
      ({ statusCode }) => traced.end(statusCode),
      () => traced.end(),
    );
    return answer;
  }
}

function paid({ bank_id: bankId, confirmations }: Extract<Answer, { status: 'completed' }>) {
  return { kind: 'paid', bankId, ...(confirmations === undefined ? {} : { confirmations }) } as const;
}

function refusal({ code, message }: { code: string; message: string }): Refusal {
  return { code, message, retryable: RETRYABLE.has(code) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
