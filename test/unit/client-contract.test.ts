import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { operations } from '../../client/contract.ts';
import { routes } from '../../functions/routes.ts';
import { clientTypes } from '../../scripts/contract/client-types.ts';

const client = join(import.meta.dirname, '../../client');
const ids = Object.keys(operations);
/** For people and tools, not for programs. */
/** Documents, and what the bank sends. */
const WITHOUT_METHOD = ['getDocs', 'getDocsFile', 'getOpenApi', 'notify'];

it('the client has every operation of the service but those of RPC, with its method and path', () => {
  const rest = Object.entries(routes).filter(([, { path }]) => !path.startsWith('/withdrawal.v1.'));
  const expected = rest.map(([id, { method, path, key }]) => [id, { method, path, ...(key ? { key } : {}) }]);
  const found = Object.entries(operations).map(([id, { answers: _, ...operation }]) => [id, operation]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
});

it('a method calls each of them', () => {
  const sources = globSync('*.ts', { cwd: client }).filter(
    (file) => file !== 'contract.ts' && file !== 'repeatable.ts',
  );
  const code = sources.map((file) => readFileSync(join(client, file), 'utf8')).join('\n');
  const called = new Set([...code.matchAll(/\.(?:call|list|text|reader)\(\s*'(\w+)'/g)].map(([, id]) => id));
  expect(ids.filter((id) => !called.has(id))).toEqual(WITHOUT_METHOD);
});

it('numbers that a float may round, alternatives and forbidden fields have exact types', async () => {
  const whole = { type: 'integer', format: 'int64' };
  const Sent = {
    type: 'object',
    properties: { cents: whole, price: { type: 'number' }, none: { not: {} }, one: { type: 'string' }, other: whole },
    required: ['cents', 'price'],
    oneOf: [{ required: ['one'] }, { required: ['other'] }],
    additionalProperties: false,
  };
  const Returned = { type: 'object', properties: { cents: whole, price: { type: 'number' } }, required: ['cents'] };
  const error = { type: 'object', properties: { code: { type: 'string', enum: ['A', 'B'] } } };
  const json = (name: string) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } });
  const send = {
    operationId: 'send',
    summary: 'Send',
    parameters: [{ in: 'query', name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 5 } }],
    requestBody: { content: json('Sent') },
    responses: { 201: { content: json('Returned') }, 400: { $ref: '#/components/responses/VALIDATION_ERROR' } },
  };
  const data = { type: 'object', properties: { count: { type: 'integer', minimum: 0 } }, required: ['count'] };
  const content = { 'application/json': { schema: { properties: { data } } } };
  const document = {
    paths: { '/things': { post: send } },
    webhooks: { 'thing.sent': { post: { requestBody: { content } } } },
    components: { schemas: { Sent, Returned, Error: error } },
  };
  const types = await clientTypes(document as never);
  const compact = types.replace(/\s+/g, ' ');
  expect(compact).toContain('{ cents: Int64; price: Decimal; none?: never; one: string; other?: never; }');
  expect(compact).toContain('{ cents: Int64; price: Decimal; none?: never; one?: never; other: Int64; }');
  expect(compact).toContain('interface Returned { cents: Int64; price?: number; }');
  expect(compact).toContain("interface EventData { 'thing.sent': { count: number; }; }");
  expect(compact).toContain("type ErrorCode = 'A' | 'B'");
  expect(compact).toContain('send: { query?: { limit?: number | undefined; }; body: Sent; answer: Returned; };');
  expect(compact).toContain('send: {"method":"POST","path":"/things","answers":[201]}');
});
