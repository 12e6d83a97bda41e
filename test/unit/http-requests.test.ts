import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type HttpRequest, http } from '../../lib/edge/http.ts';
import { pageNumber, pageSize } from '../../lib/edge/paging.ts';
import { ExactNumber } from '../../lib/kernel/exact-json.ts';
import { machine, withRuntime } from '../../lib/runtime.ts';
import { anEvent, bodyOf, call, lambda, ok } from '../support/http.ts';
import { logLines } from '../support/log-lines.ts';

logLines();

/** A route that accepts any JSON body. */
const callWithBody = (body: string | null) =>
  http({ scope: 'public', body: z.unknown() }, async ({ body: read }) => ({ status: 200, body: read }))(
    anEvent({ body }),
    lambda,
  );

describe('a body', () => {
  it('keeps the digits of its numbers', async () => {
    let read: unknown;
    const handler = http({ scope: 'public', body: z.unknown() }, async ({ body }) => {
      read = body;
      return ok();
    });
    await handler(anEvent({ body: '{"amount":9007199254740993}' }), lambda);
    expect(read).toEqual({ amount: new ExactNumber('9007199254740993') });
    await handler(anEvent({ body: Buffer.from('["é"]').toString('base64'), isBase64Encoded: true }), lambda);
    expect(read).toEqual(['é']);
  });

  it.each([
    ['missing', null],
    ['empty', ''],
    ['cut short', '{"payouts":'],
    ['XML', '<xml/>'],
    ['nested without end', '['.repeat(1_000_000)],
    ['a million brackets deep', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
  ])('that is %s is a 400', async (_name, body) => {
    const answer = await callWithBody(body);
    expect(answer.statusCode).toBe(400);
    expect(bodyOf(answer).error.details).toEqual([{ path: '', reason: 'the body is not valid JSON' }]);
  });

  it('over 6 MB is a 413, counted in bytes', async () => {
    for (const body of [`"${'x'.repeat(7_000_000)}"`, `"${'é'.repeat(3_500_000)}"`]) {
      const answer = await callWithBody(body);
      expect([answer.statusCode, bodyOf(answer).error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    }
  });
});

describe('path, query and headers', () => {
  it('a path parameter is decoded, and an invalid one is not changed', async () => {
    const echo = async (request: HttpRequest) => ({ status: 200, body: request.params });
    const read = (pathParameters: Record<string, string> | null) =>
      http({ scope: 'public', params: z.record(z.string(), z.string()) }, echo)(anEvent({ pathParameters }), lambda);
    for (const [given, id] of [
      ['b%2D1', 'b-1'],
      ['%', '%'],
      ['%ZZ', '%ZZ'],
    ]) {
      expect(bodyOf(await read({ batch_id: given as string }))).toEqual({ batch_id: id });
    }
    expect(bodyOf(await read(null))).toEqual({});
  });

  it('header names are not case-sensitive, and headers are optional', async () => {
    const echo = async (request: HttpRequest) => ({ status: 200, body: { accept: request.headers.accept ?? null } });
    expect(bodyOf(await call(echo, { headers: { ACCEPT: 'text/csv' } })).accept).toBe('text/csv');
    const without = { headers: null } as unknown as Partial<APIGatewayProxyEvent>;
    expect(bodyOf(await call(echo, without)).accept).toBeNull();
  });

  const paging = z.strictObject({ page: pageNumber, page_size: pageSize });
  const page = (query: Record<string, string> | null) =>
    http({ scope: 'public', query: paging }, async (request) => ({ status: 200, body: request.query }))(
      anEvent({ queryStringParameters: query }),
      lambda,
    );

  it('pages have defaults', async () => {
    expect(bodyOf(await page(null))).toEqual({ page: 1, page_size: 50 });
    expect(bodyOf(await page({ page: '3', page_size: '500' }))).toEqual({ page: 3, page_size: 500 });
  });

  it.each(['0', '-1', '501', '1000000', 'abc', '1.5', '1e2', '', ' 5', '0x10', '9'.repeat(400)])(
    'a page size of %.20j is refused by name',
    async (page_size) => {
      expect(bodyOf(await page({ page_size })).error.details).toEqual([
        { path: 'page_size', reason: 'must be a whole number from 1 to 500' },
      ]);
    },
  );

  it('all errors of a query are reported at once', async () => {
    const { error: answer } = bodyOf(await page({ page: '0', page_size: 'x', other: 'x' }));
    expect(answer.details.map(({ path }: { path: string }) => path)).toEqual(['page', 'page_size', 'other']);
  });

  it('a query is refused by a route without parameters', async () => {
    const answer = await call(ok, { queryStringParameters: { page: '1' } });
    expect(bodyOf(answer).error.details).toEqual([{ path: 'page', reason: 'is not a known field' }]);
  });
});

describe('the deadline', () => {
  const NOW = 1_000_000;
  const deadlineWith = async (context: Context | undefined) => {
    const handler = http({ scope: 'public' }, async ({ deadline }) => ({ status: 200, body: { deadline } }));
    return bodyOf(await withRuntime({ ...machine, now: () => NOW }, () => handler(anEvent(), context as Context)))
      .deadline;
  };

  it.each([
    ['when Lambda ends the invocation', 7_000, NOW + 7_000],
    ['now if no time is left', 0, NOW],
  ])('is %s', async (_name, left, deadline) => {
    expect(await deadlineWith({ ...lambda, getRemainingTimeInMillis: () => left })).toBe(deadline);
  });

  it('is that of most functions by default', async () => {
    for (const context of [lambda, undefined]) expect(await deadlineWith(context)).toBe(NOW + 20_000);
  });
});

describe('validation', () => {
  const checked = (overrides: Partial<APIGatewayProxyEvent>) =>
    http(
      {
        scope: 'any',
        key: 'required',
        query: z.object({ limit: pageSize }),
        body: z.object({ name: z.string() }),
        params: z.object({ batch_id: z.string().regex(/^b-/, 'must be an id') }),
      },
      async ({ key, query, body, params }) => ({ status: 200, body: { key, query, body, params } }),
    )(anEvent(overrides), lambda);
  const valid = { headers: { 'Idempotency-Key': 'k' }, queryStringParameters: { limit: '3' }, body: '{"name":"n"}' };

  it('passes the checked values to the route', async () => {
    const params = { batch_id: 'b-1' };
    expect(bodyOf(await checked(valid))).toEqual({ key: 'k', query: { limit: 3 }, body: { name: 'n' }, params });
  });

  it('names the problems of the key, the query, the path and the body at once', async () => {
    const answer = await checked({
      headers: {},
      queryStringParameters: { limit: 'x' },
      pathParameters: { batch_id: 'c-1' },
      body: '{}',
    });
    expect(bodyOf(answer).error.code).toBe('VALIDATION_ERROR');
    const paths = bodyOf(answer).error.details.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(['Idempotency-Key', 'limit', 'batch_id', 'name']);
  });

  it.each(['', '  ', 'k'.repeat(256), 'é'])('refuses the key %.10j', async (key) => {
    const answer = await checked({ ...valid, headers: { 'Idempotency-Key': key } });
    expect(bodyOf(answer).error.details).toEqual([
      { path: 'Idempotency-Key', reason: 'must be 1 to 255 printable ASCII characters' },
    ]);
  });
});
