import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { mapValues, pick } from 'es-toolkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tables } from '../../functions/routes.ts';
import type { Route } from '../../lib/edge/route.ts';

const ROOT = join(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

type Named<Value> = Record<string, Value>;
type Operation = {
  operationId: string;
  summary?: string;
  parameters?: { in: string; name: string }[];
  'x-scope': string;
  'x-function': string;
};
type HttpEvent = { method: string; path: string; authorizer?: object };
type LambdaFunction = { handler: string; role: string; events?: { http?: HttpEvent }[] };

type AnyRoute = Pick<Route, 'method' | 'path' | 'summary' | 'scope' | 'protocol'>;

/** The four places that describe routes, and what they refer to. */
type RouteSet = {
  /** By the file of their function. */
  tables: Named<Named<AnyRoute>>;
  paths: Named<Named<Operation>>;
  functions: Named<LambdaFunction>;
  examples: Named<{ status: number }[]>;
  roles: string[];
  files: string[];
};

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

async function theService(): Promise<RouteSet> {
  const resolveVariable = async (name: string) => (name.startsWith('file(') ? { name: 'authorize' } : '');
  const config = (file: string) => require(join(ROOT, 'resources', file))({ resolveVariable });
  const written = globSync('functions/*/functions.yml', { cwd: ROOT }).map((file) => parse(read(file)));
  return {
    tables: plain(tables),
    paths: JSON.parse(read('docs/openapi.json')).paths,
    functions: Object.assign({}, await config('http-functions.cjs'), ...written),
    examples: JSON.parse(read('docs/examples.json')),
    roles: Object.keys((await config('roles.cjs')).Resources),
    files: globSync('functions/*/*.ts', { cwd: ROOT }),
  };
}

/** Without schemas and handlers, which cannot be copied. */
const plain = (all: Named<Named<Route>>): RouteSet['tables'] =>
  mapValues(all, (table) =>
    mapValues(table, (route) => pick(route, ['method', 'path', 'summary', 'scope', 'protocol'])),
  );

/** What does not agree, one line each. */
function problemsOf(set: RouteSet): string[] {
  const routes = Object.entries(set.tables).flatMap(([file, table]) =>
    Object.entries(table).map(([id, route]) => ({ file, id, ...route })),
  );
  const operations = Object.entries(set.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
  const events = Object.values(set.functions).flatMap(({ handler, events = [] }) =>
    events.flatMap(({ http }) => (http ? [{ handler, ...http, method: http.method.toUpperCase() }] : [])),
  );
  const ids = routes.map(({ id }) => id);
  return [
    ...differences(
      'the document',
      routes.map((each) => `${each.method} ${each.path} ${each.id} in ${each.file} for ${each.scope}`),
      operations.map(
        (each) => `${each.method} ${each.path} ${each.operationId} in ${each['x-function']} for ${each['x-scope']}`,
      ),
    ),
    ...differences(
      'the deployment',
      routes.map(
        ({ method, path, file, scope }) => `${method} ${path} in ${file} ${scope === 'public' ? 'public' : ''}`,
      ),
      routes.flatMap(({ method, path }) => {
        const event = eventFor(method, path, events);
        if (!event) return [];
        const file = event.handler.slice('functions/'.length, -'.handler'.length);
        return [`${method} ${path} in ${file} ${event.authorizer ? '' : 'public'}`];
      }),
    ),
    ...unusedEvents(routes, events).map(({ method, path }) => `no route is served by the event ${method} ${path}`),
    ...differences('the examples', [...new Set(ids)], Object.keys(set.examples)),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is the id of two routes`),
    ...operations.flatMap(pathProblems),
    ...routes.flatMap((route) => routeProblems(route, set.examples[route.id] ?? [])),
    ...Object.entries(set.functions).flatMap(([name, { handler, role }]) => [
      ...(set.files.includes(handler.replace(/\.handler$/, '.ts')) ? [] : [`${name} has no file ${handler}`]),
      ...(set.roles.includes(role) ? [] : [`${name} has no role ${role}`]),
    ]),
  ];
}

/**
 * The event that API Gateway chooses: first the path, where at each part a fixed one is preferred to a parameter, and a parameter
 * to a greedy path; then the method.
 */
function eventFor<Event extends HttpEvent>(method: string, path: string, events: readonly Event[]): Event | undefined {
  const rank = (resource: string) => resource.replaceAll(/\{path\+\}/g, '~~').replaceAll(/\{\w+\}/g, '~');
  const fitting = events.filter((event) => isUnder(path, event.path));
  const [chosen] = [...new Set(fitting.map((event) => event.path))].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return fitting.find((event) => event.path === chosen && event.method === method);
}

function isUnder(path: string, resource: string): boolean {
  const [parts, own] = [path.split('/'), resource.split('/')];
  const isGreedy = own.at(-1) === '{path+}';
  const fixed = isGreedy ? own.slice(0, -1) : own;
  if (isGreedy ? parts.length < own.length : parts.length !== own.length) return false;
  return fixed.every((part, index) => part === parts[index] || part.startsWith('{'));
}

const unusedEvents = <Event extends HttpEvent>(routes: readonly AnyRoute[], events: readonly Event[]) => {
  const used = new Set(routes.map(({ method, path }) => eventFor(method, path, events)));
  return events.filter((event) => !used.has(event));
};

const differences = (name: string, expected: string[], found: string[]) => [
  ...expected.filter((each) => !found.includes(each)).map((each) => `lacking in ${name}: ${each.trim()}`),
  ...found
    .filter((each) => !expected.includes(each))
    .map((each) => `of no route table, but in ${name}: ${each.trim()}`),
];

function pathProblems({ operationId, path, parameters = [] }: Operation & { path: string }): string[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  const declared = parameters
    .filter((each) => each.in === 'path')
    .map(({ name }) => name)
    .sort();
  return `${inPath}` === `${declared}`
    ? []
    : [`${operationId}: the path has {${inPath}}, its parameters are {${declared}}`];
}

/** Two answer with accounts in plain, which only their sender may see; the other writes a file of what may be read. */
const UNUSUAL = new Set(['getRejectedEntries', 'getUploadRejected', 'requestUploadReport']);

function routeProblems(
  { id, summary, scope, method, protocol }: AnyRoute & { id: string },
  examples: { status: number }[],
): string[] {
  const [, verb] = scope.split(':');
  const isRead = method === 'GET' || (protocol === 'connect' && /^rpc(Get|List)/.test(id));
  return [
    ...(/^[A-Z].*[^.]$/.test(summary) ? [] : [`${id} has no summary`]),
    ...(scope ? [] : [`${id} has no scope`]),
    ...(examples.some(({ status }) => status < 400) ? [] : [`${id} has no example of a success`]),
    ...(verb === 'read' && !isRead && !UNUSUAL.has(id) ? [`${id} reads, but its method is ${method}`] : []),
    ...(verb === 'write' && isRead && !UNUSUAL.has(id) ? [`${id} only reads, but its scope is ${scope}`] : []),
  ];
}

describe('route tables, document, deployment and examples', () => {
  let service: RouteSet;
  beforeAll(async () => {
    service = await theService();
  });

  it('are one set of routes', () => {
    expect(Object.keys(service.paths).length).toBeGreaterThan(40);
    expect(problemsOf(service)).toEqual([]);
  });

  it('have a file for each function that serves HTTP', () => {
    const serving = globSync('functions/*/{read,write,operate,approve,notify}.ts', { cwd: ROOT });
    expect(
      Object.keys(tables)
        .map((file) => `functions/${file}.ts`)
        .sort(),
    ).toEqual(serving.sort());
  });

  const at = <Value>(named: Named<Value> | undefined, name: string): Value => {
    const value = named?.[name];
    if (value === undefined) throw new Error(`there is no ${name}`);
    return value;
  };
  const getBatch = (set: RouteSet) => at(at(set.paths, '/batches/{batch_id}'), 'get');
  const table = (set: RouteSet) => at(set.tables, 'payouts/read');
  const eventOf = (set: RouteSet) => at(set.functions, 'payoutsRead').events?.[0]?.http as HttpEvent;

  const route = (set: RouteSet) => at(table(set), 'getBatch');
  const serving = (set: RouteSet) => at(set.functions, 'payoutsRead');

  it.each<[string, (set: RouteSet) => unknown, string]>([
    ['a route that the document lacks', (set) => delete set.paths['/batches'], 'lacking in the document: GET /batches'],
    [
      'a route that no table has',
      (set) => delete table(set).getBatch,
      'of no route table, but in the document: GET /batches/{batch_id}',
    ],
    ['another scope', (set) => Object.assign(route(set), { scope: 'public' }), 'lacking in the document: GET'],
    [
      'a function without an event',
      (set) => Object.assign(serving(set), { events: [] }),
      'lacking in the deployment: GET',
    ],
    [
      'an event without a key',
      (set) => delete eventOf(set).authorizer,
      'lacking in the deployment: GET /batches in payouts',
    ],
    [
      'an event of no route',
      (set) => serving(set).events?.push({ http: { method: 'get', path: '/none' } }),
      'no route is served by the event GET /none',
    ],
    ['a route without an example', (set) => delete set.examples.getBatch, 'lacking in the examples: getBatch'],
    [
      'an example of an error only',
      (set) => Object.assign(set.examples, { getBatch: [{ status: 404 }] }),
      'getBatch has no',
    ],
    ['an id twice', (set) => Object.assign(at(set.tables, 'payouts/write'), table(set)), 'getBatch is the id of two'],
    ['an undeclared parameter', (set) => delete getBatch(set).parameters, 'getBatch: the path has {batch_id}'],
    ['a route without a summary', (set) => Object.assign(route(set), { summary: '' }), 'getBatch has no summary'],
    ['a read that writes', (set) => Object.assign(route(set), { method: 'POST' }), 'getBatch reads, but'],
    ['a write that reads', (set) => Object.assign(route(set), { scope: 'payouts:write' }), 'getBatch only reads'],
    ['a function without a file', (set) => Object.assign(serving(set), { handler: 'functions/a.handler' }), 'no file'],
    ['a function without a role', (set) => Object.assign(serving(set), { role: 'Role' }), 'payoutsRead has no role'],
  ])('differ by %s', (_name, plant, problem) => {
    const planted = structuredClone(service);
    plant(planted);
    expect(problemsOf(planted)).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });
});
