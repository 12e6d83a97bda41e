import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { memoize } from 'es-toolkit';
import { z } from 'zod';
import { settingOf } from '../config.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import { AppError, ERRORS, type ErrorDetail } from '../kernel/errors.ts';
import { parseExact } from '../kernel/exact-json.ts';
import { problemsIn } from '../kernel/fields.ts';
import { KEY_HEADER } from '../kernel/idempotency.ts';
import type { LogFields } from '../kernel/log.ts';
import { type KeyScope, type Principal, principalSchema } from '../kernel/principal.ts';
import { requireAdmission } from './admission.ts';
import { chain, type Line, type Outcome } from './chain.ts';
import {
  addLogIds,
  currentPrincipal,
  currentRequestId,
  deadlineOf,
  invocationId,
  type Origin,
  PLAUSIBLE_ID,
} from './context.ts';
import { publicError } from './public-error.ts';
import { traceIdIn, traceIdOfInvocation } from './trace.ts';

/** Lambda takes at most 6 MB of request and of response (AWS Lambda quotas, invocation payload, synchronous). */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** A request whose parts the chain has checked. */
export type HttpRequest<Query = unknown, Params = unknown, Body = unknown, Key = unknown> = {
  /** Epoch milliseconds at which Lambda ends this invocation, finished or not. */
  readonly deadline: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly params: Params;
  readonly body: Body;
  /** The Idempotency-Key. */
  readonly key: Key;
  /** What the caller has in front of the paths of the service, such as `/prod`. */
  readonly base: string;
  /** The body as it was sent. @throws AppError PAYLOAD_TOO_LARGE */
  bytes(): Buffer;
};

/** What a key must be allowed to do. `any`: nothing in particular. Routes with the scope `public` need no key. */
export type Scope = KeyScope | 'any' | 'public';

/** What a route accepts. A part without a schema must be empty; a body without a schema is not read. */
type Checks<Query, Params, Body> = {
  /** What the key must be allowed to do. */
  readonly scope: Scope;
  readonly key?: 'optional' | 'required' | undefined;
  readonly query?: z.ZodType<Query>;
  readonly params?: z.ZodType<Params>;
  /** Of the parsed JSON, with numbers exactly as written. */
  readonly body?: z.ZodType<Body>;
  /** Answers have an ETag. */
  readonly polled?: boolean;
  /** An answer with the problems of an invalid request. Without one the request is refused. */
  whenInvalid?(query: Query, problems: readonly ErrorDetail[]): HttpAnswer | undefined;
};

/** A string or bytes are sent unchanged, with their own content-type; anything else as JSON. */
export type HttpAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** This idempotency key had the same answer before. */
  readonly replayed?: boolean;
};

/** Makes a Lambda handler for an API Gateway REST proxy event. It answers every error in one error shape. */
export function http<Query, Params, Body, Key>(
  checks: Checks<Query, Params, Body>,
  route: (request: HttpRequest<Query, Params, Body, Key>) => Promise<HttpAnswer>,
  errorAnswer = errorInRest,
) {
  return chain(
    {
      origin,
      read: async (event, context) => {
        requireScope(checks.scope);
        await requireAdmission();
        return checked<Query, Params, Body, Key>(checks, event, context);
      },
      answerTo: (thrown) => answerTo(thrown, errorAnswer),
      line,
    },
    async (read) => {
      const answer = 'answer' in read ? read.answer : await route(read);
      const result = withinLimit(toResult(behind(read.base, answer)));
      return checks.polled ? conditional(result, read.headers['if-none-match']) : result;
    },
  );
}

const NOTHING = z.strictObject({});

/** Checks every part before it refuses the request, so that a caller sees all problems at once. */
function checked<Query, Params, Body, Key>(
  { key, query, params, body, whenInvalid }: Checks<Query, Params, Body>,
  event: APIGatewayProxyEvent,
  context: Context,
): HttpRequest<Query, Params, Body, Key> | (Pick<HttpRequest, 'headers' | 'base'> & { readonly answer: HttpAnswer }) {
  const headers = headersOf(event);
  const path = decodedPath(event);
  addLogIds(path);
  const problems: ErrorDetail[] = [];
  const check = <Value>(schema: z.ZodType<Value>, given: unknown, header?: string): Value => {
    const { data, error } = schema.safeParse(given);
    if (error) problems.push(...problemsIn(error).map((found) => (header ? { ...found, path: header } : found)));
    return data as Value;
  };
  const request = {
    deadline: deadlineOf(context),
    headers,
    base: baseOf(event, headers),
    key: (key && check<unknown>(KEY_HEADER[key], headers['idempotency-key'], 'Idempotency-Key')) as Key,
    query: check(query ?? (NOTHING as unknown as z.ZodType<Query>), event.queryStringParameters ?? {}),
    params: (params && check(params, path)) as Params,
    body: (body && check(body, jsonIn(bytesOf(event)))) as Body,
    bytes: () => bytesOf(event),
  };
  if (problems.length === 0) return request;
  const answer = request.query === undefined ? undefined : whenInvalid?.(request.query, problems);
  if (answer) return { headers, base: request.base, answer };
  throw new AppError('VALIDATION_ERROR', { details: problems });
}

/** Only a path: a caller could send any header, and gets no more than another path in its own answer. */
const PREFIX = /^(?:\/[\w.~-]+)*\/?$/;

/**
 * The stage, unless the caller uses a domain of the service's own. A proxy that removes or adds a part of the path says so in
 * X-Forwarded-Prefix, as CloudFront does (resources/console.cjs).
 */
function baseOf({ requestContext }: APIGatewayProxyEvent, headers: Readonly<Record<string, string>>): string {
  const forwarded = headers['x-forwarded-prefix'];
  if (forwarded !== undefined && PREFIX.test(forwarded)) return forwarded.replace(/\/$/, '');
  const { stage, path = '', domainName = '' } = requestContext ?? {};
  return /\.execute-api\./.test(domainName) && path.startsWith(`/${stage}/`) ? `/${stage}` : '';
}

/** A Location is a path of the service, or a link to a file elsewhere. */
function behind(base: string, answer: HttpAnswer): HttpAnswer {
  const location = answer.headers?.location;
  if (base === '' || !location?.startsWith('/')) return answer;
  return { ...answer, headers: { ...answer.headers, location: `${base}${location}` } };
}

/** The principal that the authorizer has found. Public routes have none. */
function principalOf({ requestContext }: APIGatewayProxyEvent): Principal | undefined {
  const json: unknown = requestContext?.authorizer?.principal;
  return typeof json === 'string' ? principalIn(json) : undefined;
}

/** A container has requests of few keys. Each principal is parsed once. */
const principalIn = memoize((json: string): Principal => principalSchema.parse(JSON.parse(json)), {
  cache: new BoundedMap<string, Principal>(1_000),
});

/** @throws AppError FORBIDDEN the key lacks the scope, UNAUTHORIZED there is no key */
function requireScope(scope: Scope): void {
  if (scope === 'public') return;
  const principal = currentPrincipal();
  if (!principal) throw new AppError('UNAUTHORIZED');
  if (scope === 'any' || principal.scopes.includes(scope)) return;
  throw new AppError('FORBIDDEN', {
    message: `This key lacks the scope ${scope}.`,
    details: [{ path: 'X-API-Key', reason: `lacks the scope ${scope}`, scope }],
  });
}

function decodedPath({ pathParameters }: APIGatewayProxyEvent): Record<string, string> {
  return Object.fromEntries(Object.entries(pathParameters ?? {}).map(([name, text = '']) => [name, decoded(text)]));
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

/**
 * The request id is the caller's X-Request-Id if it is plausible, else API Gateway's, else our own. The trace id is API Gateway's, or the
 * caller's, which API Gateway passes on.
 */
function origin(event: APIGatewayProxyEvent, context: Context): Origin {
  const { 'x-request-id': given, 'x-amzn-trace-id': trace } = headersOf(event);
  return {
    requestId: given && PLAUSIBLE_ID.test(given) ? given : event.requestContext?.requestId || invocationId(context),
    traceId: traceIdIn(trace) ?? traceIdOfInvocation(),
    principal: principalOf(event),
  };
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
      ...crossOrigin(),
      ...headers,
      ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
      'x-request-id': ownId(),
    },
  };
  if (body instanceof Uint8Array)
    return { ...answer, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  return { ...answer, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const EXPOSED = 'ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id';

/** Lets the pages of the configured origin read the answer (Fetch standard, CORS protocol). */
function crossOrigin(): Record<string, string> {
  const origin = settingOf('CORS_ORIGIN');
  return origin ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED } : {};
}

/** An unchanged resource is answered with 304 and no body (RFC 9110, section 13.1.2). */
function conditional(result: APIGatewayProxyResult, ifNoneMatch: string | undefined): APIGatewayProxyResult {
  if (result.statusCode !== 200) return result;
  const etag = `"${createHash('sha256').update(result.body).digest('base64url').slice(0, 27)}"`;
  const headers = { ...result.headers, etag };
  const known = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  if (!known.includes(etag) && !known.includes('*')) return { ...result, headers };
  const { 'content-type': _, ...rest } = headers as Record<string, string>;
  return { statusCode: 304, headers: rest, body: '' };
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

function answerTo(thrown: unknown, errorAnswer: (error: AppError) => HttpAnswer): APIGatewayProxyResult {
  const error = publicError(thrown);
  const { retryAfter } = error;
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return toResult({ ...errorAnswer(error), headers });
}

function errorInRest({ code, message, details }: AppError): HttpAnswer {
  const listed: readonly ErrorDetail[] = details;
  return { status: ERRORS[code].status, body: { error: { code, message, details: listed, request_id: ownId() } } };
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
  return { error_code: publicError(thrown).code, error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
}
