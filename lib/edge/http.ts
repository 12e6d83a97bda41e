import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { z } from 'zod';
import { AppError, ERRORS, type ErrorDetail } from '../kernel/errors.ts';
import { parseExact } from '../kernel/exact-json.ts';
import { problemsIn } from '../kernel/fields.ts';
import type { LogFields } from '../kernel/log.ts';
import { addLogFields, currentRequestId, PLAUSIBLE_ID, within } from './context.ts';
import { deadlineOf, invocationId } from './invocation.ts';
import { logger } from './log.ts';

/** Lambda takes at most 6 MB of request and of response (AWS Lambda quotas, invocation payload, synchronous). */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

export type HttpRequest = {
  readonly id: string;
  /** Epoch milliseconds at which Lambda ends this invocation, finished or not. */
  readonly deadline: number;
  /** A path parameter of the route, decoded; what may be an id stands in the log line. */
  path(name: string): string;
  header(name: string): string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The query, checked. @throws AppError VALIDATION_ERROR */
  query<Schema extends z.ZodType>(schema: Schema): z.output<Schema>;
  /** The body with its numbers exactly as written. @throws AppError VALIDATION_ERROR, PAYLOAD_TOO_LARGE */
  json(): unknown;
  /** The body as it came. @throws AppError PAYLOAD_TOO_LARGE */
  bytes(): Buffer;
};

/** A string or bytes are sent as they are, with their own content-type; anything else as JSON. */
export type HttpAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Makes a Lambda handler for an API Gateway REST proxy event: request id, log line, errors in the one error shape. What
 * was noted while it ran stands in the log line.
 */
export function http(route: (request: HttpRequest) => Promise<HttpAnswer>) {
  const handle = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .use(oneLogLine())
    .use(errorsAsAnswers())
    .handler(async (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> => {
      return fitting(toResult(await route(requestOf(event, context))));
    });
  return (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> =>
    within(requestId(event, context), () => handle(event, context));
}

function requestOf(event: APIGatewayProxyEvent, context: Context): HttpRequest {
  return {
    id: underWay(),
    deadline: deadlineOf(context),
    path: (name) => {
      const value = decoded(event.pathParameters?.[name] ?? '');
      if (PLAUSIBLE_ID.test(value)) addLogFields({ [name]: value });
      return value;
    },
    header: (name) => headerOf(event, name),
    headers: headersOf(event),
    query: (schema) => validate(schema, event.queryStringParameters ?? {}),
    json: () => jsonBody(event),
    bytes: () => bodyOf(event),
  };
}

/** What is not valid percent-encoding stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Checks an input against its schema. @throws AppError VALIDATION_ERROR naming every field */
export function validate<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AppError('VALIDATION_ERROR', { details: problemsIn(parsed.error) });
}

function bodyOf({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length <= MAX_BODY_BYTES) return bytes;
  throw new AppError('PAYLOAD_TOO_LARGE', { message: `The body is larger than ${MAX_BODY_BYTES} bytes.` });
}

function jsonBody(event: APIGatewayProxyEvent): unknown {
  const body = bodyOf(event);
  try {
    return parseExact(body.toString());
  } catch {
    throw new AppError('VALIDATION_ERROR', { details: [{ path: '', reason: 'the body is not valid JSON' }] });
  }
}

/** The caller's X-Request-Id if it is a plausible one, else API Gateway's, else our own. */
function requestId(event: APIGatewayProxyEvent, context: Context): string {
  const given = headerOf(event, 'x-request-id');
  if (given && PLAUSIBLE_ID.test(given)) return given;
  return event.requestContext?.requestId || invocationId(context);
}

/** The id of the request under way. */
function underWay(): string {
  return currentRequestId() ?? '';
}

function headersOf({ headers }: APIGatewayProxyEvent): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

function toResult({ status, body, headers }: HttpAnswer): APIGatewayProxyResult {
  const answer = {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...headers, 'x-request-id': underWay() },
  };
  if (body instanceof Uint8Array)
    return { ...answer, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  return { ...answer, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** Lambda would drop a larger answer, and API Gateway would call it a failure of ours. @throws AppError PAYLOAD_TOO_LARGE */
function fitting(result: APIGatewayProxyResult): APIGatewayProxyResult {
  const mayBeLarge = result.body.length > MAX_BODY_BYTES / 6; // on the wire a character takes six bytes at most
  if (mayBeLarge && Buffer.byteLength(JSON.stringify(result)) > MAX_BODY_BYTES) {
    throw new AppError('PAYLOAD_TOO_LARGE', {
      message: `The answer is larger than ${MAX_BODY_BYTES} bytes: ask for less.`,
    });
  }
  return result;
}

type HttpMiddleware = middy.MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult>;
type HttpExchange = middy.Request<APIGatewayProxyEvent, APIGatewayProxyResult>;

/** Whatever we did not foresee is INTERNAL to the client, who can name the request id under which the log has the cause. */
function errorsAsAnswers(): HttpMiddleware {
  return {
    onError: (request) => {
      const error = request.error instanceof AppError ? request.error : new AppError('INTERNAL');
      request.response = toResult({
        status: ERRORS[error.code].status,
        body: errorBody(error),
        headers: error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) },
      });
    },
  };
}

function errorBody({ code, message, details }: AppError) {
  const listed: readonly ErrorDetail[] = details;
  return { error: { code, message, details: listed, request_id: underWay() } };
}

function oneLogLine(): HttpMiddleware {
  const started = new WeakMap<object, number>();
  const log = ({ event, response }: HttpExchange, came: LogFields = {}) => {
    const status = response?.statusCode ?? 500;
    logger[levelOf(status)]('request', {
      method: event.httpMethod,
      route: event.resource,
      status,
      latency_ms: Math.round(performance.now() - (started.get(event) ?? performance.now())),
      ...came,
    });
  };
  return {
    before: ({ event }) => {
      started.set(event, performance.now());
    },
    after: (request) => log(request),
    onError: (request) => log(request, whatCame(request.error)),
  };
}

/** An error is what we did not foresee; 502 and 504 are what we did foresee of others, and a 503 is our own answer. */
function levelOf(status: number): 'info' | 'warn' | 'error' {
  if (status === 500) return 'error';
  return status > 500 ? 'warn' : 'info';
}

function whatCame(thrown: unknown): LogFields {
  if (thrown instanceof AppError) return { error_code: thrown.code };
  return { error_code: 'INTERNAL', error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
}
