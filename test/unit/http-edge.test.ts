import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type HttpAnswer, type HttpRequest, http, MAX_BODY_BYTES } from '../../lib/edge/http.ts';
import { logger } from '../../lib/edge/log.ts';
import { pageNumber, pageSize } from '../../lib/edge/paging.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { ExactNumber } from '../../lib/kernel/exact-json.ts';

const info = vi.spyOn(logger, 'info').mockImplementation(() => {});
const error = vi.spyOn(logger, 'error').mockImplementation(() => {});
beforeEach(() => {
  info.mockClear();
  error.mockClear();
});

/** As API Gateway (REST, Lambda proxy) sends it. */
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

async function call(
  route: (request: HttpRequest) => Promise<HttpAnswer>,
  overrides: Partial<APIGatewayProxyEvent> = {},
): Promise<APIGatewayProxyResult> {
  return http(route)(anEvent(overrides), { awsRequestId: 'lambda-id' } as Context) as Promise<APIGatewayProxyResult>;
}

const ok = async () => ({ status: 200, body: { ok: true } });
const failsWith = (failure: unknown) => async () => {
  throw failure;
};
const bodyOf = ({ body }: APIGatewayProxyResult) => JSON.parse(body);
const readBody = async (request: HttpRequest) => {
  request.json();
  return ok();
};

describe('an answer', () => {
  it('is JSON with the request id', async () => {
    expect(await call(ok)).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'x-request-id': 'gateway-id' },
      body: '{"ok":true}',
    });
  });

  it('that is text goes out as it is, with its own content type', async () => {
    const answer = await call(async () => ({ status: 200, body: 'a,b\n', headers: { 'content-type': 'text/csv' } }));
    expect(answer).toMatchObject({ body: 'a,b\n', headers: { 'content-type': 'text/csv' } });
  });

  it('that Lambda would not let out is a clear 413, not a gateway failure', async () => {
    const huge = await call(async () => ({ status: 200, body: { text: '"'.repeat(MAX_BODY_BYTES / 3) } }));
    expect(huge.statusCode).toBe(413);
    expect(bodyOf(huge).error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('answer') });
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

  it.each(['two words', '', 'x'.repeat(129), 'a\r\nset-cookie: b', '<script>'])('is not %j', async (given) => {
    const answer = await call(ok, { headers: { 'X-Request-Id': given } });
    expect(answer.headers?.['x-request-id']).toBe('gateway-id');
  });

  it('is named in errors', async () => {
    const answer = await call(failsWith(new AppError('NOT_FOUND')), { headers: { 'X-Request-Id': 'trace-42' } });
    expect(bodyOf(answer).error.request_id).toBe('trace-42');
    expect(answer.headers?.['x-request-id']).toBe('trace-42');
  });
});

describe('an error', () => {
  it('has the status of its code and the one shape', async () => {
    const details = [{ path: 'payouts[0].amount', reason: 'must be greater than 0' }];
    const answer = await call(failsWith(new AppError('VALIDATION_ERROR', { details })));
    expect(answer.statusCode).toBe(400);
    expect(bodyOf(answer)).toEqual({
      error: { code: 'VALIDATION_ERROR', message: 'The request is not valid.', details, request_id: 'gateway-id' },
    });
  });

  it('says when to come back', async () => {
    const answer = await call(failsWith(new AppError('REQUEST_IN_PROGRESS', { retryAfter: 3 })));
    expect([answer.statusCode, answer.headers?.['retry-after']]).toEqual([409, '3']);
    expect((await call(failsWith(new AppError('NOT_FOUND')))).headers).not.toHaveProperty('retry-after');
  });

  it.each([
    ['an Error', new Error('table sluice-payouts: account 1234567890 at dynamo.ts:17')],
    ['a string', 'password=hunter2'],
    ['nothing', undefined],
  ])('that nobody foresaw (%s) is INTERNAL, without a word of its text', async (_name, failure) => {
    const answer = await call(failsWith(failure));
    expect(answer.statusCode).toBe(500);
    expect(bodyOf(answer).error).toEqual({
      code: 'INTERNAL',
      message: 'An unexpected error occurred. Quote the request id when reporting it.',
      details: [],
      request_id: 'gateway-id',
    });
    expect(answer.body).not.toMatch(/sluice-payouts|1234567890|dynamo|hunter2/);
    expect(error).toHaveBeenCalledWith('unexpected error', expect.objectContaining({ request_id: 'gateway-id' }));
  });
});

describe('a body', () => {
  it('keeps its numbers as they were written', async () => {
    let read: unknown;
    const route = async (request: HttpRequest) => {
      read = request.json();
      return ok();
    };
    await call(route, { body: '{"amount":9007199254740993}' });
    expect(read).toEqual({ amount: new ExactNumber('9007199254740993') });
    await call(route, { body: Buffer.from('["é"]').toString('base64'), isBase64Encoded: true });
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
    const answer = await call(readBody, { body });
    expect(answer.statusCode).toBe(400);
    expect(bodyOf(answer).error.details).toEqual([{ path: '', reason: 'the body is not valid JSON' }]);
  });

  it('over 6 MB is a 413, counted in bytes', async () => {
    for (const body of [`"${'x'.repeat(7_000_000)}"`, `"${'é'.repeat(3_500_000)}"`]) {
      const answer = await call(readBody, { body });
      expect([answer.statusCode, bodyOf(answer).error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    }
  });
});

describe('path, query and headers', () => {
  it('a path parameter is decoded, and one that cannot be is left as it is', async () => {
    const echo = async (request: HttpRequest) => ({ status: 200, body: { id: request.path('batch_id') } });
    for (const [given, id] of [
      ['b%2D1', 'b-1'],
      ['%', '%'],
      ['%ZZ', '%ZZ'],
    ]) {
      expect(bodyOf(await call(echo, { pathParameters: { batch_id: given } })).id).toBe(id);
    }
    expect(bodyOf(await call(echo, { pathParameters: null })).id).toBe('');
  });

  it('headers are found whatever their case, and may be absent', async () => {
    const echo = async (request: HttpRequest) => ({ status: 200, body: { accept: request.header('accept') ?? null } });
    expect(bodyOf(await call(echo, { headers: { ACCEPT: 'text/csv' } })).accept).toBe('text/csv');
    const without = { headers: null } as unknown as Partial<APIGatewayProxyEvent>;
    expect(bodyOf(await call(echo, without)).accept).toBeNull();
  });

  const paging = z.object({ page: pageNumber, page_size: pageSize });
  const page = (query: Record<string, string> | null) =>
    call(async (request) => ({ status: 200, body: request.query(paging) }), { queryStringParameters: query });

  it('pages have defaults', async () => {
    expect(bodyOf(await page(null))).toEqual({ page: 1, page_size: 50 });
    expect(bodyOf(await page({ page: '3', page_size: '500', other: 'x' }))).toEqual({ page: 3, page_size: 500 });
  });

  it.each(['0', '-1', '501', '1000000', 'abc', '1.5', '1e2', '', ' 5', '0x10', '9'.repeat(400)])(
    'a page size of %.20j is refused by name',
    async (page_size) => {
      expect(bodyOf(await page({ page_size })).error.details).toEqual([
        { path: 'page_size', reason: 'must be a whole number from 1 to 500' },
      ]);
    },
  );

  it('everything that is wrong with a query is told at once', async () => {
    const { error: answer } = bodyOf(await page({ page: '0', page_size: 'x' }));
    expect(answer.details.map(({ path }: { path: string }) => path)).toEqual(['page', 'page_size']);
  });
});

describe('the log', () => {
  it('has one line per request, with what came of it and nothing that was sent', async () => {
    await call(readBody, { body: '{"bank_account":"1234567890"}' });
    await call(failsWith(new AppError('NOT_FOUND')));
    expect(info.mock.calls).toEqual([
      ['request', expect.objectContaining({ method: 'POST', route: '/batches/{batch_id}', status: 200 })],
      ['request', expect.objectContaining({ request_id: 'gateway-id', status: 404, latency_ms: expect.any(Number) })],
    ]);
    expect(JSON.stringify(info.mock.calls)).not.toContain('1234567890');
  });
});
