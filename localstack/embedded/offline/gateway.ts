/**
 * The parts of API Gateway that serverless-offline does not emulate: gateway responses (AWS::ApiGateway::GatewayResponse),
 * Lambda's size limits, and binary bodies.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Template } from '../provision/template.ts';

/** The part of a hapi server used here. */
export interface HapiServer {
  ext(
    event: 'onRequest' | 'onPostAuth' | 'onPreResponse',
    method: (request: HapiRequest, h: HapiToolkit) => unknown,
  ): void;
  route(definition: { method: 'GET'; path: string; handler: (request: HapiRequest, h: HapiToolkit) => unknown }): void;
}

interface HapiRequest {
  method: string;
  params: Record<string, string | undefined>;
  /** Before the route is chosen. */
  setUrl(url: string): void;
  route: { path: string };
  mime: string;
  headers: Record<string, string | undefined>;
  payload?: unknown;
  raw: { req: IncomingMessage };
  response:
    | { isBoom: true; output: { statusCode: number } }
    | { isBoom?: undefined; statusCode: number; source: unknown; headers: Record<string, string> };
}

interface HapiResponse {
  code(status: number): HapiResponse;
  type(mediaType: string): HapiResponse;
  header(name: string, value: string): HapiResponse;
  takeover(): HapiResponse;
}

interface HapiToolkit {
  continue: symbol;
  response(body: string | Buffer): HapiResponse;
}

interface GatewayResponse {
  ResponseType: string;
  StatusCode?: string;
  ResponseTemplates?: Record<string, string>;
  /** Headers, by `gatewayresponse.header.<name>`. Constants are in single quotes. */
  ResponseParameters?: Record<string, string>;
}

type Definitions = Map<string, GatewayResponse>;

/** Lambda's limit for request and response of a synchronous invocation, in bytes. */
const LAMBDA_PAYLOAD_LIMIT = 6 * 1024 * 1024;
/** Bytes of the event without the body: headers, context, path. */
const EVENT_ENVELOPE = 4 * 1024;
const BINARY = 'application/octet-stream';
/** CloudFront's header of an answer that its function gave, before any route. */
export const FROM_EDGE = 'FunctionGeneratedResponse from cloudfront';
/** serverless-offline's route for unknown paths. */
const UNKNOWN_ROUTE = '/{p*}';

/** Applies the gateway responses of the template. The server may already be listening. */
export function applyGatewayResponses(server: HapiServer, template: Template): void {
  const definitions = definitionsOf(template);
  server.ext('onPostAuth', (request, h) =>
    isOverRequestLimit(request.payload) ? render(definitions, 'REQUEST_TOO_LARGE', 413, h).takeover() : h.continue,
  );
  server.ext('onPreResponse', async (request, h) => {
    const answer = gatewayAnswer(request);
    if (answer?.status === 401 || answer?.status === 403) await readToEnd(request.raw.req);
    return answer === undefined ? h.continue : render(definitions, answer.type, answer.status, h);
  });
}

/** Like API Gateway, gives a trace id to each request that has none. serverless-offline takes the headers from the raw request. */
export function traceRequests(server: HapiServer): void {
  server.ext('onRequest', (request, h) => {
    if (request.headers['x-amzn-trace-id'] !== undefined) return h.continue;
    const seconds = Math.floor(Date.now() / 1_000).toString(16);
    request.raw.req.rawHeaders.push('X-Amzn-Trace-Id', `Root=1-${seconds}-${randomBytes(12).toString('hex')}`);
    return h.continue;
  });
}

/**
 * Functions get bodies of these media types in base64, as on AWS. serverless-offline encodes by header and type, but passes
 * the original header to the function. Of JSON it passes what it parsed, unless that is an object or a list: so `false` would be a
 * boolean of the event.
 */
export function encodeBinaryBodies(server: HapiServer, mediaTypes: readonly string[]): void {
  server.ext('onPostAuth', (request, h) => {
    const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
    if (mediaTypes.includes(mediaType.trim()) || isJsonScalar(request.payload)) {
      request.mime = BINARY;
      request.headers['content-type'] = BINARY;
    }
    return h.continue;
  });
}

/**
 * Like API Gateway, reads a request before it refuses it. Otherwise hapi closes the connection while the client still sends
 * the body, and the client may see a broken connection (EPIPE) instead of the answer.
 */
async function readToEnd(request: IncomingMessage): Promise<void> {
  request.resume();
  await finished(request, { writable: false }).catch(() => {}); // the client may have left
}

/** The gateway response that applies; undefined if the response comes from the function. */
function gatewayAnswer({ method, route, response }: HapiRequest): { type: string; status: number } | undefined {
  if (response.isBoom) return byStatus(response.output.statusCode);
  if (response.headers['x-cache'] === FROM_EDGE) return undefined;
  // hapi answers preflight requests of known routes on a path of its own, which has the same name.
  if (method === 'options' && response.headers['access-control-allow-origin']) return undefined;
  if (route.path === UNKNOWN_ROUTE) return byStatus(404);
  const { statusCode: status, source } = response;
  const isFunctionsAnswer = typeof source === 'string' || Buffer.isBuffer(source);
  // serverless-offline sets an object or no body if the function threw, timed out or returned an invalid response.
  if (status >= 500 && !isFunctionsAnswer) return byStatus(status);
  if (isFunctionsAnswer && source.length > LAMBDA_PAYLOAD_LIMIT) return byStatus(502);
  return undefined;
}

function byStatus(status: number): { type: string; status: number } {
  const types: Record<number, string> = {
    401: 'UNAUTHORIZED',
    403: 'ACCESS_DENIED',
    404: 'MISSING_AUTHENTICATION_TOKEN',
    413: 'REQUEST_TOO_LARGE',
    429: 'THROTTLED',
    504: 'INTEGRATION_TIMEOUT',
  };
  return { type: types[status] ?? (status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'), status };
}

const isJsonScalar = (payload: unknown) =>
  Buffer.isBuffer(payload) && /^\s*[^\s{[]/.test(payload.toString('latin1', 0, 100));

/** The event contains the body as a JSON string, so quotes and line ends count twice. */
function isOverRequestLimit(payload: unknown): boolean {
  if (!Buffer.isBuffer(payload) || payload.length < LAMBDA_PAYLOAD_LIMIT / 6) return false;
  return Buffer.byteLength(JSON.stringify(payload.toString())) + EVENT_ENVELOPE > LAMBDA_PAYLOAD_LIMIT;
}

function render(definitions: Definitions, type: string, status: number, h: HapiToolkit): HapiResponse {
  const fallback = status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const definition = definitions.get(type) ?? definitions.get(fallback);
  const template = definition?.ResponseTemplates?.['application/json'] ?? '{"message":$context.error.messageString}';
  const body = template
    .replaceAll('$context.requestId', randomUUID())
    .replaceAll('$context.error.messageString', JSON.stringify(type));
  const response = h
    .response(body)
    .code(Number(definition?.StatusCode ?? status))
    .type('application/json');
  for (const [name, value] of Object.entries(definition?.ResponseParameters ?? {})) {
    response.header(name.replace('gatewayresponse.header.', ''), value.replace(/^'(.*)'$/, '$1'));
  }
  return response;
}

function definitionsOf(template: Template): Definitions {
  const all = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::ApiGateway::GatewayResponse');
  return new Map(
    all.map(({ Properties }) => {
      const definition = Properties as unknown as GatewayResponse;
      return [definition.ResponseType, definition];
    }),
  );
}
