import { z } from 'zod';
import { createDocument, type ZodOpenApiObject, type ZodOpenApiOperationObject } from 'zod-openapi';
import type { AnswerContract, Link, Route, Routes } from '../../lib/edge/route.ts';
import { rpcError, rpcStatus } from '../../lib/edge/rpc.ts';
import { envelope } from '../../lib/events/answers.ts';
import { EVENT_DATA } from '../../lib/events/schemas.ts';
import { ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { problem } from '../../lib/kernel/fields.ts';
import { KEY_HEADER } from '../../lib/kernel/idempotency.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Examples } from './examples.ts';

/*
 * The OpenAPI 3.1 document of the route tables.
 */

const JSON_TYPE = 'application/json';
const HTTP_DESCRIPTION =
  'Money-out back end: batches of payouts, withdrawals, wallet payments, orders, sales transactions and their settlement. ' +
  'Every request that changes something is idempotent. Amounts are exact: read integers of format int64 without floats.';

/** Errors that the gateway or the edge may answer on every route. */
const OF_EVERY_ROUTE: readonly ErrorCode[] = [
  'VALIDATION_ERROR',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
  'GATEWAY_TIMEOUT',
];
const OF_ROUTES_WITH_A_KEY: readonly ErrorCode[] = ['UNAUTHORIZED', 'FORBIDDEN'];
const WITH_RETRY_AFTER: readonly ErrorCode[] = [
  'REQUEST_IN_PROGRESS',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'GATEWAY_TIMEOUT',
];

const errorAnswer = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(ERRORS) as ErrorCode[]),
      message: z.string(),
      details: z.array(problem),
      request_id: z.string(),
    }),
  })
  .meta({ id: 'Error' });

/** @param tables the routes of each function, by the path of its file below `functions/` */
export function openApiDocument(tables: Readonly<Record<string, Routes>>, examples: Examples) {
  const paths: NonNullable<ZodOpenApiObject['paths']> = {};
  for (const [file, routes] of Object.entries(tables)) {
    for (const [operationId, route] of Object.entries(routes)) {
      const described = operation(operationId, file, route, examples[operationId] ?? []);
      paths[route.path] = { ...paths[route.path], [method(route)]: described };
    }
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Sluice',
        version: packageJson.version,
        description: HTTP_DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '.', description: 'The deployment that serves this document.' }],
      security: [{ apiKey: [] }],
      tags: [...new Set(Object.keys(tables).map(tagOf))].sort().map((name) => ({ name })),
      webhooks: eventDocuments(),
      paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
      components: {
        securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
        headers: HEADERS,
        responses: errorComponents(
          Object.values(tables).flatMap((routes) => Object.values(routes)),
          examples,
        ),
      },
    },
    { allowEmptySchema: { custom: true, unknown: true, any: true }, override: openAnswers },
  );
}

const method = (route: Route) => route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
const tagOf = (file: string) => file.split('/')[0] ?? file;

function operation(
  operationId: string,
  file: string,
  route: Route,
  examples: Examples[string],
): ZodOpenApiOperationObject {
  const isPublic = route.scope === 'public';
  const body = bodyOf(route, examples);
  return {
    operationId,
    tags: [tagOf(file)],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(isPublic ? { security: [] } : {}),
    requestParams: {
      ...(route.params ? { path: route.params as z.ZodObject } : {}),
      ...(route.query ? { query: objectOf(route.query) } : {}),
      header: requestHeaders(route),
    },
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [
          status,
          response(route, answer, Number(status), examples),
        ]),
      ),
      ...(route.polled
        ? {
            304: {
              description: 'Unchanged: the ETag is one of If-None-Match.',
              headers: { ...header('X-Request-Id'), ...header('ETag') },
            },
          }
        : {}),
      ...errorResponses(route),
    },
    'x-scope': route.scope,
    'x-function': file,
  } as ZodOpenApiOperationObject;
}

/** The object of a query that is transformed after it was checked. */
function objectOf(schema: z.ZodType): z.ZodObject {
  return schema instanceof z.ZodPipe ? objectOf(schema.in as z.ZodType) : (schema as z.ZodObject);
}

function requestHeaders({ key, polled }: Route): z.ZodObject {
  const text = (description: string) => z.string().meta({ description });
  return z.object({
    'X-Request-Id': text('1 to 128 of A-Z a-z 0-9 _ . : -').optional(),
    ...(key ? { 'Idempotency-Key': KEY_HEADER[key] } : {}),
    ...(polled ? { 'If-None-Match': text('ETags of answers that you have.').optional() } : {}),
  });
}

const text = (description: string) => ({ description, schema: { type: 'string' as const } });
const HEADERS = {
  'X-Request-Id': text('Yours if it was valid, else one of the service. Every log line and event has it.'),
  'Idempotent-Replayed': text('`true` if this is the answer of an earlier request with the same key.'),
  'Retry-After': text('Seconds after which a retry is worth it.'),
  ETag: text('Changes with the answer. Send it as If-None-Match.'),
};
const header = (name: keyof typeof HEADERS) => ({ [name]: { $ref: `#/components/headers/${name}` } });

function bodyOf(route: Route, examples: Examples[string]) {
  const { body: schema } = route;
  if (schema === undefined) return undefined;
  const given = examples.find(({ request }) => request?.body !== undefined)?.request?.body;
  const json = { schema, ...(given === undefined ? {} : { example: given }) };
  const binary = { schema: z.string().meta({ format: 'binary' }) };
  const types = route.bodyTypes ?? [JSON_TYPE];
  return {
    required: true,
    content: Object.fromEntries(types.map((type) => [type, type === JSON_TYPE ? json : binary])),
  };
}

function response(route: Route, answer: AnswerContract, status: number, examples: Examples[string]) {
  const exampleOf = (type: 'text' | 'json') => {
    const isText = (body: unknown) => (typeof body === 'string') === (type === 'text');
    const returned = examples.find((each) => each.status === status && each.body !== undefined && isText(each.body));
    return returned ? { example: returned.body } : {};
  };
  const json = answer.schema ? { [JSON_TYPE]: { schema: answer.schema, ...exampleOf('json') } } : {};
  const other = answer.type ? { [answer.type]: { schema: z.string(), ...exampleOf('text') } } : {};
  return {
    description: answer.description,
    headers: {
      ...header('X-Request-Id'),
      ...Object.fromEntries(Object.entries(answer.headers ?? {}).map(([name, described]) => [name, text(described)])),
      ...(route.key ? header('Idempotent-Replayed') : {}),
      ...(route.polled && status === 200 ? header('ETag') : {}),
    },
    ...(answer.schema || answer.type ? { content: { ...json, ...other } } : {}),
    ...(answer.links ? { links: linksOf(answer.links) } : {}),
  };
}

const linksOf = (links: Readonly<Record<string, Link>>) =>
  Object.fromEntries(Object.entries(links).map(([operationId, link]) => [operationId, { operationId, ...link }]));

/** The codes that a route may answer with, by status. */
function errorsOf(route: Route): Map<number, readonly ErrorCode[]> {
  const codes = new Set<ErrorCode>([
    ...OF_EVERY_ROUTE,
    ...(route.scope === 'public' ? [] : OF_ROUTES_WITH_A_KEY),
    ...(route.body ? (['PAYLOAD_TOO_LARGE'] as const) : []),
    ...(route.errors ?? []),
  ]);
  const isRpc = route.protocol === 'connect';
  const byStatus = Map.groupBy([...codes].sort(), (code) => (isRpc ? rpcStatus(code) : ERRORS[code].status));
  if (isRpc) byStatus.set(ERRORS.PAYLOAD_TOO_LARGE.status, ['PAYLOAD_TOO_LARGE']); // of the gateway
  for (const status of Object.keys(route.answers)) byStatus.delete(Number(status) as never);
  return byStatus;
}

/** `rpc.NOT_FOUND`, `INVALID_STATE-OUT_OF_STOCK` */
const nameOf = ({ protocol }: Route, codes: readonly ErrorCode[]) =>
  `${protocol === 'connect' ? 'rpc.' : ''}${codes.join('-')}`;

const errorResponses = (route: Route) =>
  Object.fromEntries(
    [...errorsOf(route)].map(([status, codes]) => [status, { $ref: `#/components/responses/${nameOf(route, codes)}` }]),
  );

/** The responses that {@link errorResponses} refers to, with an example of each code. */
function errorComponents(routes: readonly Route[], examples: Examples) {
  const groups = new Map(
    routes.flatMap((route) =>
      [...errorsOf(route).values()].map(
        (codes) => [nameOf(route, codes), { codes, protocol: route.protocol }] as const,
      ),
    ),
  );
  return Object.fromEntries(
    [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { codes, protocol }]) => {
        const schema = protocol === 'connect' ? z.union([rpcError, errorAnswer]) : errorAnswer;
        const withRetryAfter = codes.some((code) => WITH_RETRY_AFTER.includes(code));
        return [
          name,
          {
            description: codes.map((code) => `${code}: ${ERRORS[code].text}`).join('\n'),
            headers: { ...header('X-Request-Id'), ...(withRetryAfter ? header('Retry-After') : {}) },
            content: { [JSON_TYPE]: { schema, examples: errorExamples(codes, protocol, examples) } },
          },
        ];
      }),
  );
}

type ErrorBody = {
  readonly error?: { readonly code?: string };
  readonly details?: readonly { readonly debug?: { readonly code?: string } }[];
};

function errorExamples(codes: readonly ErrorCode[], protocol: Route['protocol'], examples: Examples) {
  const codeOf = (body: ErrorBody | undefined) =>
    (protocol === 'connect' ? body?.details?.[0]?.debug : body?.error)?.code;
  const all = Object.values(examples).flat();
  const returned = codes.flatMap((code) => {
    const found = all.find(({ body }) => codeOf(body as ErrorBody | undefined) === code);
    return found ? [[code, { value: found.body }] as const] : [];
  });
  return Object.fromEntries(returned);
}

/** Of Standard Webhooks 1.0.0. */
const webhookHeader = (id: string, description: string) => z.string().meta({ description, param: { id } });
const webhookHeaders = z.object({
  'webhook-id': webhookHeader(
    'WebhookId',
    'The id of the delivery. It is the same at every attempt and replay: drop what you have already.',
  ),
  'webhook-timestamp': webhookHeader(
    'WebhookTimestamp',
    'The time of the attempt, in seconds since 1970. Refuse what is more than five minutes away.',
  ),
  'webhook-signature': webhookHeader(
    'WebhookSignature',
    '`v1,` and the base64 of the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`. While a secret is rotated there are several, separated by spaces.',
  ),
});

/** Each published event, as webhooks send it: CloudEvents 1.0 in the JSON format. */
function eventDocuments(): NonNullable<ZodOpenApiObject['webhooks']> {
  return Object.fromEntries(
    Object.entries(EVENT_DATA).map(([type, data]) => {
      const event = z.object({ ...envelope, type: z.literal(type), data });
      const post = {
        operationId: type,
        summary: `The event ${type}`,
        tags: ['events'],
        requestParams: { header: webhookHeaders },
        requestBody: { required: true, content: { [JSON_TYPE]: { schema: event } } },
        responses: {
          '2XX': { description: 'Received. Any other status is a failure, and the message is sent again.' },
          410: { description: 'The endpoint is gone: it is disabled, and its deliveries wait.' },
        },
      };
      return [type, { post }];
    }),
  );
}

/** Answers may get further fields in later versions, so the document does not forbid them. */
function openAnswers({ jsonSchema, io }: { jsonSchema: Record<string, unknown>; io: 'input' | 'output' }): void {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}
