/**
 * What API Gateway does around a function and serverless-offline does not: its own answers in our error shape, as the
 * AWS::ApiGateway::GatewayResponse resources define them, Lambda's size limits, and binary bodies.
 */

import { randomUUID } from 'node:crypto';
import type { Template } from '../provision/template.ts';

/** The part of a hapi server used here. */
export interface HapiServer {
  ext(event: 'onPostAuth' | 'onPreResponse', method: (request: HapiRequest, h: HapiToolkit) => unknown): void;
  route(definition: { method: 'GET'; path: string; handler: () => unknown }): void;
}

interface HapiRequest {
  route: { path: string };
  headers: Record<string, string | undefined>;
  payload?: unknown;
  response:
    | { isBoom: true; output: { statusCode: number } }
    | { isBoom?: undefined; statusCode: number; source: unknown; headers: Record<string, string> };
}

interface HapiResponse {
  code(status: number): HapiResponse;
  type(mediaType: string): HapiResponse;
  takeover(): HapiResponse;
}

interface HapiToolkit {
  continue: symbol;
  response(body: string): HapiResponse;
}

interface GatewayResponse {
  ResponseType: string;
  StatusCode?: string;
  ResponseTemplates?: Record<string, string>;
}

type Definitions = Map<string, GatewayResponse>;

/** Lambda's limit on the event of a synchronous invocation, and on its answer, in bytes. */
const LAMBDA_PAYLOAD_LIMIT = 6 * 1024 * 1024;
/** What the event carries besides the body: headers, context, path. */
const EVENT_ENVELOPE = 4 * 1024;
/** The route serverless-offline answers unknown paths with. */
const UNKNOWN_ROUTE = '/{p*}';

/** Makes the server answer as the template's gateway responses say. Works on a server that is already listening. */
export function applyGatewayResponses(server: HapiServer, template: Template): void {
  const definitions = definitionsOf(template);
  server.ext('onPostAuth', (request, h) =>
    isOverRequestLimit(request.payload) ? render(definitions, 'REQUEST_TOO_LARGE', 413, h).takeover() : h.continue,
  );
  server.ext('onPreResponse', (request, h) => {
    const own = gatewayAnswer(request);
    return own === undefined ? h.continue : render(definitions, own.type, own.status, h);
  });
}

/**
 * Bodies of these media types reach functions in base64, as they do on AWS. serverless-offline does so with few types, going
 * by this header; functions see the one that was sent.
 */
export function encodeBinaryBodies(server: HapiServer, mediaTypes: readonly string[]): void {
  server.ext('onPostAuth', (request, h) => {
    const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
    if (mediaTypes.includes(mediaType.trim())) request.headers['content-type'] = 'application/octet-stream';
    return h.continue;
  });
}

/** Which of API Gateway's own answers this response stands for; undefined when the function gave it. */
function gatewayAnswer({ route, response }: HapiRequest): { type: string; status: number } | undefined {
  if (response.isBoom) return byStatus(response.output.statusCode);
  if (route.path === UNKNOWN_ROUTE) return byStatus(404);
  const { statusCode: status, source } = response;
  const isFunctionsAnswer = typeof source === 'string' || Buffer.isBuffer(source);
  // serverless-offline puts an object, or nothing, in the body when the function threw, timed out or answered nonsense.
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

/** The body travels inside the event as a JSON string, so its quotes and line ends count twice. */
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
  return h
    .response(body)
    .code(Number(definition?.StatusCode ?? status))
    .type('application/json');
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
