/**
 * How functions and pollers talk to the embedded DynamoDB, SQS and SNS: without signatures, which the emulators do not check,
 * and over a connection of undici. A request takes half of the processor time that the SDK's own connection takes.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Dispatcher, Pool } from 'undici';

type Handler = DynamoDBClient['config']['requestHandler'];
type Request = Parameters<Handler['handle']>[0];
type Answer = Awaited<ReturnType<Handler['handle']>>['response'];
type Config = { serviceId: string; requestHandler: object; httpAuthSchemes: readonly object[] };

/** The functions run in this process. Their clients (lib/aws/clients.ts) are connected by what is stored here. */
export function connectFunctions(): void {
  Object.assign(globalThis, { sluiceConnect: connect });
}

/** Of S3, files are streamed. Of Step Functions, there are few requests. */
const SERVICES: ReadonlySet<string> = new Set(['DynamoDB', 'SQS', 'SNS']);

/** Replaces the connection of a client. Everything else, such as its retries, is unchanged. */
export function connect<Client extends { readonly config: object }>(client: Client): Client {
  const config = client.config as Config;
  if (!SERVICES.has(config.serviceId)) return client;
  const signer = { sign: async (request: unknown) => request };
  config.httpAuthSchemes = config.httpAuthSchemes.map((scheme) => ({ ...scheme, signer }));
  config.requestHandler = new Connection(config.serviceId.toLowerCase());
  return client;
}

/** One for each origin: the functions have many clients. */
const pools = new Map<string, Pool>();

function poolOf(origin: string): Pool {
  const pool = pools.get(origin) ?? new Pool(origin, { connections: 128 });
  pools.set(origin, pool);
  return pool;
}

/** A request handler of the SDK. */
class Connection {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #signature: Readonly<Record<string, string>>;

  /** @param service the emulators read it from the signature */
  constructor(service: string) {
    const scope = `test/20260101/us-east-1/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=0`;
    this.#signature = { authorization, 'x-amz-date': '20260101T000000Z' };
  }

  readonly handle = async ({ protocol, hostname, port, ...request }: Request): Promise<{ response: Answer }> => {
    const { 'content-type': type = '', 'x-amz-target': target } = request.headers;
    const isTransaction = target?.endsWith('.TransactWriteItems') ?? false;
    const body = bytesOf(request.body);
    const sent = exchange(poolOf(`${protocol}//${hostname}:${port}`), {
      method: request.method as Dispatcher.HttpMethod,
      path: request.path,
      headers: { 'content-type': type, ...(target && { 'x-amz-target': target }), ...this.#signature },
      body: isTransaction ? withoutToken(body) : body,
    });
    return { response: await (isTransaction ? withoutRetry(sent) : sent) };
  };

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }

  destroy(): void {}
}

/** The SDK's own type of bytes warns when it is used as text. */
function bytesOf(body: string | Uint8Array): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** @throws Error that the SDK retries */
function exchange(pool: Pool, request: Dispatcher.DispatchOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let head: Omit<Answer, 'body'>;
    pool.dispatch(request, {
      onRequestStart() {},
      onResponseStart(_controller, statusCode, headers) {
        head = { statusCode, headers: headers as Answer['headers'] };
      },
      onResponseData(_controller, part) {
        parts.push(part);
      },
      onResponseEnd: () => resolve({ ...head, body: parts.length === 1 ? parts[0] : Buffer.concat(parts) }),
      onResponseError: (_controller, error) => reject(Object.assign(error, { name: 'TimeoutError' })),
    });
  });
}

/** The SDK puts the token at the end of the body, with a UUID as its value. */
const TOKEN = ',"ClientRequestToken":"';
const TOKEN_BYTES = TOKEN.length + 36 + '"}'.length;

/**
 * A transaction without its client token: dynoxide 1.2.1 remembers each token for ten minutes, and slows down with each one.
 * See docs/decisions/0008-embedded-dynamodb.md.
 */
function withoutToken(body: Buffer): Buffer {
  const start = body.length - TOKEN_BYTES;
  const hasToken = body.toString('latin1', start, start + TOKEN.length) === TOKEN;
  return hasToken ? Buffer.concat([body.subarray(0, start), Buffer.from('}')]) : body;
}

/**
 * Without a token, a transaction whose answer was lost must not be repeated. So it fails with an error that the SDK does not
 * retry. To the caller this is the same as a death between the write and its answer, which every use case survives.
 */
async function withoutRetry(sent: Promise<Answer>): Promise<Answer> {
  const answer = await sent.catch((error: Error) => error);
  if (answer instanceof Error) throw new Error(`The answer to a transaction was lost: ${answer.message}`);
  if (answer.statusCode >= 500)
    throw new Error(`A transaction was answered ${answer.statusCode}: it may have an effect`);
  return answer;
}
