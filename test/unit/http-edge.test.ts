import { setImmediate } from 'node:timers/promises';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addLogFields } from '../../lib/edge/context.ts';
import { type HttpAnswer, type HttpRequest, http, MAX_BODY_BYTES } from '../../lib/edge/http.ts';
import { logger } from '../../lib/edge/log.ts';
import { pageNumber, pageSize } from '../../lib/edge/paging.ts';
import { StoredItemError } from '../../lib/kernel/codec.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { ExactNumber } from '../../lib/kernel/exact-json.ts';
import { machine, withRuntime } from '../../lib/runtime.ts';
import { logLines } from '../support/log-lines.ts';

const log = logLines();
beforeEach(() => log.forget());

/** An event of API Gateway (REST, Lambda proxy). */
function anEvent(overrides: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  return {
    resource: '/batches/{batch_id}',
    path: '/batches/b-1',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json', Host: 'api.example' },
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { batch_id: 'b-1' },
    stageVariables: null,
    requestContext: { requestId: 'gateway-id' } as APIGatewayProxyEvent['requestContext'],
    body: null,
    isBase64Encoded: false,
    ...overrides,
  };
}

const lambda = { awsRequestId: 'lambda-id' } as Context;

async function call(
  route: (request: HttpRequest) => Promise<HttpAnswer>,
  overrides: Partial<APIGatewayProxyEvent> = {},
): Promise<APIGatewayProxyResult> {
  return http({}, route)(anEvent(overrides), lambda);
}

/** A route that accepts any JSON body. */
const callWithBody = (body: string | null, overrides: Partial<APIGatewayProxyEvent> = {}) =>
  http({ body: z.unknown() }, async ({ body: read }) => ({ status: 200, body: read }))(
    anEvent({ body, ...overrides }),
    lambda,
  );

const ok = async () => ({ status: 200, body: { ok: true } });
const failsWith = (failure: unknown) => async () => {
  throw failure;
};
const bodyOf = ({ body }: APIGatewayProxyResult) => JSON.parse(body);

describe('an answer', () => {
  it('is JSON with the request id', async () => {
    expect(await call(ok)).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'x-request-id': 'gateway-id' },
      body: '{"ok":true}',
    });
  });

  it('can be text with its own content type', async () => {
    const answer = await call(async () => ({ status: 200, body: 'a,b\n', headers: { 'content-type': 'text/csv' } }));
    expect(answer).toMatchObject({ body: 'a,b\n', headers: { 'content-type': 'text/csv' } });
  });

  it('that exceeds the limit of Lambda is a clear 413, not a gateway failure', async () => {
    const huge = await call(async () => ({ status: 200, body: { text: '"'.repeat(MAX_BODY_BYTES / 3) } }));
    expect(huge.statusCode).toBe(413);
    expect(bodyOf(huge).error).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('response'),
    });
    const large = await call(async () => ({ status: 200, body: { text: 'x'.repeat(MAX_BODY_BYTES - 1_000) } }));
    expect(large.statusCode).toBe(200);
  });
});

describe('the request id', () => {
  it.each([['X-Request-Id'], ['x-request-id'], ['X-REQUEST-ID']])('is taken from %s and echoed', async (name) => {
    let seen = '';
    const route = async (request: HttpRequest) => {
      seen = request.id;
      return ok();
    };
    const answer = await call(route, { headers: { [name]: 'trace:42_a.b-c' } });
    expect([seen, answer.headers?.['x-request-id']]).toEqual(['trace:42_a.b-c', 'trace:42_a.b-c']);
  });

  it.each([
    'two words',
    '',
    'x'.repeat(129),
    'x'.repeat(5_000),
    'a\r\nset-cookie: b',
    'a\n{"level":"error"}',
    '<script>',
  ])('is never %j', async (given) => {
    const answer = await call(ok, { headers: { 'X-Request-Id': given } });
    expect(answer.headers?.['x-request-id']).toBe('gateway-id');
  });

  it('appears in errors', async () => {
    const answer = await call(failsWith(new AppError('NOT_FOUND')), { headers: { 'X-Request-Id': 'trace-42' } });
    expect(bodyOf(answer).error.request_id).toBe('trace-42');
    expect(answer.headers?.['x-request-id']).toBe('trace-42');
  });
});

describe('an error', () => {
  it('has the status of its code, in the one shape', async () => {
    const details = [{ path: 'payouts[0].amount', reason: 'must be greater than 0' }];
    const answer = await call(failsWith(new AppError('VALIDATION_ERROR', { details })));
    expect(answer.statusCode).toBe(400);
    expect(bodyOf(answer)).toEqual({
      error: { code: 'VALIDATION_ERROR', message: 'The request is not valid.', details, request_id: 'gateway-id' },
    });
  });

  it('has a Retry-After header', async () => {
    const answer = await call(failsWith(new AppError('REQUEST_IN_PROGRESS', { retryAfter: 3 })));
    expect([answer.statusCode, answer.headers?.['retry-after']]).toEqual([409, '3']);
    expect((await call(failsWith(new AppError('NOT_FOUND')))).headers).not.toHaveProperty('retry-after');
  });

  it.each([
    ['an Error', new Error('table sluice-payouts: account 1234567890 at dynamo.ts:17')],
    ['a string', 'password=hunter2'],
    ['nothing', undefined],
    ['an invalid stored item', new StoredItemError({ pk: 'BATCH#hunter2', sk: 'BATCH' }, [])],
  ])('that is unexpected (%s) is INTERNAL, and the answer contains none of its text', async (_name, failure) => {
    const answer = await call(failsWith(failure));
    expect(answer.statusCode).toBe(500);
    expect(bodyOf(answer).error).toEqual({
      code: 'INTERNAL',
      message: 'An unexpected error occurred. Quote the request id when reporting it.',
      details: [],
      request_id: 'gateway-id',
    });
    expect(answer.body).not.toMatch(/sluice-payouts|1234567890|dynamo|hunter2/);
    expect(log.all).toEqual([
      expect.objectContaining({
        level: 'error',
        request_id: 'gateway-id',
        status: 500,
        error_code: 'INTERNAL',
        error: expect.objectContaining({ message: String(failure instanceof Error ? failure.message : failure) }),
      }),
    ]);
  });
});

describe('a body', () => {
  it('keeps the digits of its numbers', async () => {
    let read: unknown;
    const handler = http({ body: z.unknown() }, async ({ body }) => {
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
      http({ params: z.record(z.string(), z.string()) }, echo)(anEvent({ pathParameters }), lambda);
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
    http({ query: paging }, async (request) => ({ status: 200, body: request.query }))(
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
    const handler = http({}, async ({ deadline }) => ({ status: 200, body: { deadline } }));
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

describe('an answer that clients poll', () => {
  const read = (state: string, ifNoneMatch?: string) =>
    http({ polled: true }, async () => ({ status: 200, body: { state } }))(
      anEvent(ifNoneMatch === undefined ? {} : { headers: { 'If-None-Match': ifNoneMatch } }),
      lambda,
    );

  it('has an ETag, and is 304 without a body while it is the same', async () => {
    const first = await read('pending');
    const etag = String(first.headers?.etag);
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      expect(await read('pending', known)).toEqual({
        statusCode: 304,
        headers: { etag, 'x-request-id': 'gateway-id' },
        body: '',
      });
    }
    const changed = await read('completed', etag);
    expect([changed.statusCode, bodyOf(changed)]).toEqual([200, { state: 'completed' }]);
    expect(changed.headers?.etag).not.toBe(etag);
  });

  it('is an error without an ETag if it fails', async () => {
    const failing = http({ polled: true }, failsWith(new AppError('NOT_FOUND')));
    const answer = await failing(anEvent({ headers: { 'If-None-Match': '*' } }), lambda);
    expect(answer.statusCode).toBe(404);
    expect(answer.headers).not.toHaveProperty('etag');
  });
});

describe('an outage of AWS', () => {
  it.each([
    ['no connection', Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:8000'), { code: 'ECONNREFUSED' })],
    ['a time-out', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
    ['throttling', Object.assign(new Error('slow down'), { name: 'ThrottlingException' })],
    ['an error of the server', Object.assign(new Error('oops'), { $metadata: { httpStatusCode: 500 } })],
  ])('is 503 with Retry-After: %s', async (_name, failure) => {
    const answer = await call(failsWith(failure));
    expect([answer.statusCode, answer.headers?.['retry-after']]).toEqual([503, '1']);
    expect(bodyOf(answer).error.code).toBe('UNAVAILABLE');
    expect(answer.body).not.toContain(failure.message);
    expect(log.all).toEqual([
      expect.objectContaining({
        level: 'warn',
        error_code: 'UNAVAILABLE',
        error: expect.objectContaining({ message: failure.message }),
      }),
    ]);
  });
});

describe('the log', () => {
  const noting = async (request: HttpRequest) => {
    addLogFields({ payment_id: `pay-${request.id}` });
    for (let turns = 0; turns < 5; turns += 1) await setImmediate();
    addLogFields({ amount: BigInt(request.id.slice(2)), currency: 'BRL' });
    return ok();
  };

  it('has one line per request, with its result and without its content', async () => {
    await callWithBody('{"bank_account":"1234567890"}');
    await call(failsWith(new AppError('NOT_FOUND')));
    const common = { message: 'request', service: 'sluice', request_id: 'gateway-id', level: 'info', method: 'POST' };
    const timed = { timestamp: expect.stringMatching(/^\d{4}-.*Z$/), latency_ms: expect.any(Number) };
    const route = '/batches/{batch_id}';
    expect(log.all).toEqual([
      { ...common, ...timed, route, batch_id: 'b-1', status: 200 },
      { ...common, ...timed, route, batch_id: 'b-1', status: 404, error_code: 'NOT_FOUND' },
    ]);
    expect(log.text()).not.toContain('1234567890');
  });

  it('contains the fields of each request, also for many requests at once', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `r-${index}`);
    await Promise.all(
      ids.map((id) => call(noting, { headers: { 'X-Request-Id': id }, pathParameters: { user_id: `user-of-${id}` } })),
    );
    const logged = log.all.map(({ request_id, payment_id, user_id, amount }) => [
      request_id,
      payment_id,
      user_id,
      amount,
    ]);
    expect(logged.sort()).toEqual(ids.map((id, index) => [id, `pay-${id}`, `user-of-${id}`, index]).sort());
  });

  it('contains every digit of an amount', async () => {
    await call(noting, { headers: { 'X-Request-Id': 'r-9007199254740993' } });
    expect(log.text()).toContain('"amount":9007199254740993,');
  });

  it('contains the path parameter, if it can be an id', async () => {
    await call(ok, { pathParameters: { batch_id: 'b-1', file: 'two words' } });
    expect(log.all[0]).toMatchObject({ batch_id: 'b-1' });
    expect(log.all[0]).not.toHaveProperty('file');
  });

  it.each([
    ['GATEWAY_ERROR', 'warn'],
    ['GATEWAY_TIMEOUT', 'warn'],
    ['OUT_OF_STOCK', 'info'],
    ['INTERNAL', 'error'],
  ] as const)('%s is a line of level %s', async (code, level) => {
    await call(failsWith(new AppError(code)));
    expect(log.all).toEqual([expect.objectContaining({ level, error_code: code })]);
  });

  it('contains the stack of an error, and none of the items in errors of the SDK', async () => {
    const refused = Object.assign(new Error('The conditional request failed'), { Item: { pix_key: { S: 'maria@x' } } });
    await call(failsWith(new Error('cannot pay', { cause: new AggregateError([refused]) })));
    expect(log.all[0]?.error).toEqual({
      name: 'Error',
      message: 'cannot pay',
      stack: expect.stringContaining('http-edge.test.ts'),
      cause: expect.objectContaining({
        name: 'AggregateError',
        errors: [{ name: 'Error', message: refused.message, stack: expect.any(String) }],
      }),
    });
    logger.warn('another name', { failure: refused });
    expect(log.all.at(-1)).toMatchObject({ level: 'warn', failure: { message: refused.message } });
    expect(log.text()).not.toContain('maria@x');
  });
});
