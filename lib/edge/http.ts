import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { z } from 'zod';
import { AppError, ERRORS, type ErrorDetail } from '../kernel/errors.ts';
import { parseExact } from '../kernel/exact-json.ts';
import { problemsIn } from '../kernel/fields.ts';
import { logger } from './log.ts';

/** Lambda takes at most 6 MB of request and of response (AWS Lambda quotas, invocation payload, synchronous). */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

export type HttpRequest = {
  readonly id: string;
  /** A path parameter of the route, decoded. */
  path(name: string): string;
  header(name: string): string | undefined;
  /** The query, checked. @throws AppError VALIDATION_ERROR */
  query<Schema extends z.ZodType>(schema: Schema): z.output<Schema>;
  /** The body with its numbers exactly as written. @throws AppError VALIDATION_ERROR, PAYLOAD_TOO_LARGE */
  json(): unknown;
};

/** A string body is sent as it is, with its own content-type; anything else as JSON. */
export type HttpAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Makes a Lambda handler for an API Gateway REST proxy event: request id, log line, errors in the one error shape. */
export function http(route: (request: HttpRequest) => Promise<HttpAnswer>) {
  return middy()
    .use(oneLogLine())
    .use(errorsAsAnswers())
    .handler(async (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> => {
      const id = requestId(event, context);
      return fitting(toResult(await route(requestOf(event, id)), id));
    });
}

function requestOf(event: APIGatewayProxyEvent, id: string): HttpRequest {
  return {
    id,
    path: (name) => decoded(event.pathParameters?.[name] ?? ''),
    header: (name) => headerOf(event, name),
    query: (schema) => validate(schema, event.queryStringParameters ?? {}),
    json: () => jsonBody(event),
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

function jsonBody(event: APIGatewayProxyEvent): unknown {
  const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '');
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw new AppError('PAYLOAD_TOO_LARGE', { message: `The body is larger than ${MAX_BODY_BYTES} bytes.` });
  }
  try {
    return parseExact(body);
  } catch {
    throw new AppError('VALIDATION_ERROR', { details: [{ path: '', reason: 'the body is not valid JSON' }] });
  }
}

/** The caller's X-Request-Id if it is a plausible one, else API Gateway's, else our own. */
function requestId(event: APIGatewayProxyEvent, context: Context): string {
  const given = headerOf(event, 'x-request-id');
  if (given && /^[\w.:-]{1,128}$/.test(given)) return given;
  return event.requestContext?.requestId ?? context?.awsRequestId ?? randomUUID();
}

function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

function toResult({ status, body, headers }: HttpAnswer, id: string): APIGatewayProxyResult {
  const isText = typeof body === 'string';
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...headers, 'x-request-id': id },
    body: isText ? body : JSON.stringify(body),
  };
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

function errorsAsAnswers(): HttpMiddleware {
  return {
    onError: (request) => {
      const id = requestId(request.event, request.context);
      const error = request.error instanceof AppError ? request.error : unexpected(request.error, id);
      request.response = toResult(
        {
          status: ERRORS[error.code].status,
          body: errorBody(error, id),
          headers: error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) },
        },
        id,
      );
    },
  };
}

/** Whatever we did not foresee goes to the log in full and to the client as INTERNAL with the request id. */
function unexpected(error: unknown, id: string): AppError {
  logger.error('unexpected error', { request_id: id, error: error as Error });
  return new AppError('INTERNAL');
}

function errorBody({ code, message, details }: AppError, id: string) {
  const listed: readonly ErrorDetail[] = details;
  return { error: { code, message, details: listed, request_id: id } };
}

function oneLogLine(): HttpMiddleware {
  const started = new WeakMap<object, number>();
  const log = (request: middy.Request<APIGatewayProxyEvent, APIGatewayProxyResult>) =>
    logger.info('request', {
      request_id: requestId(request.event, request.context),
      method: request.event.httpMethod,
      route: request.event.resource,
      status: request.response?.statusCode,
      latency_ms: Math.round(performance.now() - (started.get(request.event) ?? performance.now())),
    });
  return {
    before: ({ event }) => {
      started.set(event, performance.now());
    },
    after: log,
    onError: log,
  };
}
