import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { z } from 'zod';
import { AppError, ERRORS, type ErrorDetail } from '../kernel/errors.ts';
import { parseExact } from '../kernel/exact-json.ts';
import { validate } from '../kernel/fields.ts';
import type { LogFields } from '../kernel/log.ts';
import { chain, type Line, type Outcome } from './chain.ts';
import { addLogIds, currentRequestId, deadlineOf, invocationId, PLAUSIBLE_ID } from './context.ts';

/** Lambda takes at most 6 MB of request and of response (AWS Lambda quotas, invocation payload, synchronous). */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

type RawRequest = {
  readonly id: string;
  /** Epoch milliseconds at which Lambda ends this invocation, finished or not. */
  readonly deadline: number;
  /** A path parameter of the route, decoded. Those that can be ids are in the log line. */
  path(name: string): string;
  header(name: string): string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it was sent. @throws AppError PAYLOAD_TOO_LARGE */
  bytes(): Buffer;
};

/** A request whose parts the chain has checked. */
export type HttpRequest<Query = unknown, Body = unknown, Params = unknown, Key = unknown> = RawRequest & {
  readonly query: Query;
  readonly body: Body;
  readonly params: Params;
  /** The Idempotency-Key. */
  readonly key: Key;
};

/** The parameters of the query or the path. */
type Parameters = Readonly<Record<string, string | undefined>>;
/** A schema, or a function that throws AppError VALIDATION_ERROR. */
type Check<Value, Given> = z.ZodType<Value> | ((given: Given, request: RawRequest) => Value);

/** What a route accepts. The chain checks the key, the query, the body and the path; it does not read a part without a check. */
type Checks<Query, Body, Params, Key> = {
  readonly key?: (header: string | undefined) => Key;
  readonly query?: Check<Query, Parameters>;
  /** The body is parsed JSON, with numbers exactly as written. */
  readonly body?: Check<Body, unknown>;
  readonly params?: Check<Params, Parameters>;
};

/** A string or bytes are sent unchanged, with their own content-type; anything else as JSON. */
export type HttpAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** This idempotency key had the same answer before. */
  readonly replayed?: boolean;
};

/** Makes a Lambda handler for an API Gateway REST proxy event. It answers every error in the one error shape. */
export function http<Query, Body, Params, Key>(
  checks: Checks<Query, Body, Params, Key>,
  route: (request: HttpRequest<Query, Body, Params, Key>) => Promise<HttpAnswer>,
) {
  return chain(
    { requestId, read: (event, context) => checked(checks, event, context), answerTo, line },
    async (request) => withinLimit(toResult(await route(request))),
  );
}

function checked<Query, Body, Params, Key>(
  { key, query, body, params }: Checks<Query, Body, Params, Key>,
  event: APIGatewayProxyEvent,
  context: Context,
): HttpRequest<Query, Body, Params, Key> {
  const path = decodedPath(event);
  const raw = requestOf(event, context, path);
  return {
    ...raw,
    key: key?.(raw.header('idempotency-key')) as Key,
    query: (query && check(query, event.queryStringParameters ?? {}, raw)) as Query,
    body: (body && check(body, jsonIn(raw.bytes()), raw)) as Body,
    params: (params && check(params, path, raw)) as Params,
  };
}

function check<Value, Given>(by: Check<Value, Given>, given: Given, request: RawRequest): Value {
  return typeof by === 'function' ? by(given, request) : validate(by, given);
}

function decodedPath({ pathParameters }: APIGatewayProxyEvent): Record<string, string> {
  return Object.fromEntries(Object.entries(pathParameters ?? {}).map(([name, text = '']) => [name, decoded(text)]));
}

function requestOf(event: APIGatewayProxyEvent, context: Context, path: Record<string, string>): RawRequest {
  addLogIds(path);
  const headers = headersOf(event);
  return {
    id: ownId(),
    deadline: deadlineOf(context),
    path: (name) => path[name] ?? '',
    header: (name) => headers[name.toLowerCase()],
    headers,
    bytes: () => bytesOf(event),
  };
}

/** Text that is not valid percent-encoding stays unchanged. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bytesOf({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length <= MAX_BODY_BYTES) return bytes;
  throw new AppError('PAYLOAD_TOO_LARGE', { message: `The body is larger than ${MAX_BODY_BYTES} bytes.` });
}

function jsonIn(body: Buffer): unknown {
  try {
    return parseExact(body.toString());
  } catch {
    throw new AppError('VALIDATION_ERROR', { details: [{ path: '', reason: 'the body is not valid JSON' }] });
  }
}

/** The caller's X-Request-Id if it is plausible, else API Gateway's, else our own. */
function requestId(event: APIGatewayProxyEvent, context: Context): string {
  const given = headersOf(event)['x-request-id'];
  if (given && PLAUSIBLE_ID.test(given)) return given;
  return event.requestContext?.requestId || invocationId(context);
}

const ownId = () => currentRequestId() ?? '';

/** The headers by their names in lower case. A header may be empty. */
function headersOf({ headers }: APIGatewayProxyEvent): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value = '']) => [name.toLowerCase(), value]));
}

function toResult({ status, body, headers, replayed }: HttpAnswer): APIGatewayProxyResult {
  const answer = {
    statusCode: status,
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
      'x-request-id': ownId(),
    },
  };
  if (body instanceof Uint8Array)
    return { ...answer, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  return { ...answer, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** Lambda drops a larger answer, and API Gateway answers 502. @throws AppError PAYLOAD_TOO_LARGE */
function withinLimit(result: APIGatewayProxyResult): APIGatewayProxyResult {
  const mayBeLarge = result.body.length > MAX_BODY_BYTES / 6; // on the wire a character takes six bytes at most
  if (mayBeLarge && Buffer.byteLength(JSON.stringify(result)) > MAX_BODY_BYTES) {
    throw new AppError('PAYLOAD_TOO_LARGE', {
      message: `The response is larger than ${MAX_BODY_BYTES} bytes: request less.`,
    });
  }
  return result;
}

/** Unexpected errors become INTERNAL; the log has the cause under the request id. */
function answerTo(thrown: unknown): APIGatewayProxyResult {
  const { code, message, details, retryAfter } = thrown instanceof AppError ? thrown : new AppError('INTERNAL');
  const listed: readonly ErrorDetail[] = details;
  return toResult({
    status: ERRORS[code].status,
    body: { error: { code, message, details: listed, request_id: ownId() } },
    headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  });
}

function line({ event, answer, failure }: Outcome<APIGatewayProxyEvent, APIGatewayProxyResult>): Line {
  const status = answer?.statusCode ?? 500;
  const { httpMethod: method, resource: route } = event;
  const errorFields = failure ? failureFields(failure.error) : {};
  return { level: levelOf(status), message: 'request', fields: { method, route, status, ...errorFields } };
}

/** 500 is our bug (error); 502 and 504 are upstream failures (warn). */
function levelOf(status: number): Line['level'] {
  if (status === 500) return 'error';
  return status > 500 ? 'warn' : 'info';
}

function failureFields(thrown: unknown): LogFields {
  if (thrown instanceof AppError) return { error_code: thrown.code };
  return { error_code: 'INTERNAL', error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
}
