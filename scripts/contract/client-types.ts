import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { type Schema, typed } from './client-schema.ts';
import type { openApiDocument } from './document.ts';

/*
 * The types of the client (client/contract.ts) from the OpenAPI document.
 */

type Document = ReturnType<typeof openApiDocument>;
type Parameter = { in: string; name: string; schema: Schema; required?: boolean; description?: string };
type Content = Readonly<Record<string, { schema: Schema }>>;
type Operation = {
  operationId: string;
  summary: string;
  parameters?: readonly Parameter[];
  requestBody?: { content: Content };
  responses: Readonly<Record<string, { $ref?: string; content?: Content }>>;
};
type Route = { method: string; path: string; operation: Operation };

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const JSON_TYPE = 'application/json';

const HEADER = `/*
 * Generated from the route tables of the service by \`npm run contract\`. Do not edit.
 */

import type { Decimal, Int64 } from './exact-json.ts';
`;

/** @returns the source of client/contract.ts */
export async function clientTypes(document: Document): Promise<string> {
  const routes = routesOf(document);
  const schemas = document.components?.schemas as Readonly<Record<string, Schema>>;
  const { Error: error, ...named } = schemas;
  const inRequests = reachable(
    routes.map(({ operation }) => operation.requestBody),
    schemas,
  );
  const used = reachable([routes, error], schemas);
  const definitions = Object.entries(named)
    .filter(([name]) => used.has(name))
    .map(([name, schema]) => [name, typed(schema, inRequests.has(name))]);
  const all = {
    type: 'object',
    description: 'What each operation takes and answers. `text` is an answer that is no JSON.',
    properties: Object.fromEntries(routes.map(({ operation }) => [operation.operationId, operationSchema(operation)])),
    required: routes.map(({ operation }) => operation.operationId),
    definitions: { ...Object.fromEntries(definitions), EventData: eventData(document), ErrorCode: errorCode(error) },
  };
  const types = await compile(all as JSONSchema, 'Operations', {
    additionalProperties: false,
    bannerComment: HEADER,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    style: { bracketSpacing: true, singleQuote: true, printWidth: 120 },
  });
  return `${types.replace(REMARK, '')}
${operationsTable(routes)}`;
}

/** The compiler adds it to the comment of every definition, or as a comment. */
const REMARK =
  /^ \*\n \* This interface was referenced by .*\n \* via the `definition` ".*"\.\n|^\/\*\*\n \* This interface was referenced by .*\n \* via the `definition` ".*"\.\n \*\/\n/gm;

function routesOf(document: Document): Route[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method as 'get'] as unknown as Operation | undefined;
      return operation === undefined || isProcedure(operation)
        ? []
        : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
}

/** RPC has clients of its own, generated from proto/. */
const isProcedure = ({ requestBody }: Operation) => requestBody?.content['application/proto'] !== undefined;

function operationSchema({ summary, parameters = [], requestBody, responses }: Operation): Schema {
  const parts = {
    params: parametersSchema(parameters.filter((parameter) => parameter.in === 'path')),
    query: parametersSchema(parameters.filter((parameter) => parameter.in === 'query')),
    body: requestBody && typed(unionOf(contentsOf([requestBody])), true),
  };
  const contents = contentsOf(answersOf(responses).map(([, answer]) => answer));
  const given = {
    ...Object.fromEntries(Object.entries(parts).filter(([, schema]) => schema !== undefined)),
    answer: contents.some(([type]) => type === JSON_TYPE)
      ? typed(unionOf(contents.filter(([type]) => type === JSON_TYPE)), false)
      : { tsType: 'undefined' },
    ...(contents.some(([type]) => type !== JSON_TYPE) ? { text: { type: 'string' } } : {}),
  };
  const optional = parts.query && !('required' in parts.query) ? ['query'] : [];
  const required = Object.keys(given).filter((name) => !optional.includes(name));
  return { type: 'object', description: summary, properties: given, required };
}

/** Answers that are no errors: errors are references to responses that routes share. */
const answersOf = (responses: Operation['responses']) =>
  Object.entries(responses).filter(([status, answer]) => answer.$ref === undefined && status !== '304');

const contentsOf = (parts: readonly { content?: Content }[]) =>
  parts.flatMap(({ content = {} }) => Object.entries(content).map(([type, { schema }]) => [type, schema] as const));

function unionOf(contents: readonly (readonly [string, Schema])[]): Schema {
  const different = [...new Map(contents.map(([, schema]) => [JSON.stringify(schema), schema])).values()];
  return different.length === 1 ? (different[0] as Schema) : { anyOf: different };
}

function parametersSchema(parameters: readonly Parameter[]): Schema | undefined {
  if (parameters.length === 0) return undefined;
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      parameters.map(({ name, required, schema }) => [
        name,
        required ? typed(schema, true) : { anyOf: [typed(schema, true), { tsType: 'undefined' }] },
      ]),
    ),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** The names of the schemas that these parts refer to, directly or not. */
function reachable(parts: unknown, schemas: Readonly<Record<string, Schema>>, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(parts).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    reachable(schemas[name], schemas, found);
  }
  return found;
}

type Webhook = { post: { requestBody: { content: Record<string, { schema: { properties: { data: Schema } } }> } } };

/** The data of each event that webhooks send, by its type. */
function eventData({ webhooks = {} }: Document): Schema {
  const entries = Object.entries(webhooks as unknown as Record<string, Webhook>).map(([type, { post }]) => {
    return [type, typed(post.requestBody.content[JSON_TYPE]?.schema.properties.data, false)] as const;
  });
  const description = 'The data of each event, by its type. Amounts are strings of minor units.';
  return {
    ...{ type: 'object', description, properties: Object.fromEntries(entries) },
    required: entries.map(([type]) => type),
  };
}

function errorCode(error: Schema | undefined): Schema {
  const [code] = JSON.stringify(error).match(/(?<="code":)\{[^}]*\}/) ?? [];
  return { ...JSON.parse(code ?? 'null'), description: 'The registry of errors.' };
}

/** What the client needs at run time. */
function operationsTable(routes: readonly Route[]): string {
  const rows = routes.map(({ method, path, operation: { operationId, parameters = [], responses } }) => {
    const key = parameters.find(({ name }) => name === 'Idempotency-Key');
    const row = {
      method,
      path,
      answers: answersOf(responses).map(([status]) => Number(status)),
      ...(key ? { key: key.required ? 'required' : 'optional' } : {}),
    };
    return `  ${operationId}: ${JSON.stringify(row)},\n`;
  });
  return `/** The route of each operation; the statuses that are answers and no errors; whether it reads Idempotency-Key. */\nexport const operations = {\n${rows.join('')}} as const;\n`;
}
