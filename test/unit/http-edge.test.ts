import { beforeEach, describe, expect, it } from 'vitest';
import { currentRequestId } from '../../lib/edge/context.ts';
import { http, MAX_BODY_BYTES } from '../../lib/edge/http.ts';
import { StoredItemError } from '../../lib/kernel/codec.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { anEvent, bodyOf, call, failsWith, lambda, ok } from '../support/http.ts';
import { logLines } from '../support/log-lines.ts';

const log = logLines();
beforeEach(() => log.forget());

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

describe('a Location', () => {
  const host = 'abc123.execute-api.eu-west-1.amazonaws.com';
  const made = async () => ({ status: 201, body: {}, headers: { location: '/batches/b-1' } });
  const at = async (given: { path?: string; domainName?: string; prefix?: string }, route = made) => {
    const { path = '/prod/batches', domainName = host, prefix } = given;
    const headers = prefix === undefined ? {} : { 'X-Forwarded-Prefix': prefix };
    const event = anEvent({ headers });
    const requestContext = { ...event.requestContext, stage: 'prod', path, domainName };
    return (await call(route, { ...event, requestContext })).headers?.location;
  };

  it('has the stage in front if the caller has it, and nothing on a domain of its own', async () => {
    expect(await at({})).toBe('/prod/batches/b-1');
    expect(await at({ domainName: 'api.example', path: '/batches' })).toBe('/batches/b-1');
    expect(await at({ domainName: 'api.example' })).toBe('/batches/b-1');
  });

  it.each([
    ['/', '/batches/b-1'],
    ['', '/batches/b-1'],
    ['/money/out', '/money/out/batches/b-1'],
    ['/money/', '/money/batches/b-1'],
    // No other host, and nothing that a browser could read as one.
    ['//evil.example', '/prod/batches/b-1'],
    ['/\\\\evil.example', '/prod/batches/b-1'],
    ['https://evil.example', '/prod/batches/b-1'],
    ['/a\r\nset-cookie: b', '/prod/batches/b-1'],
  ])('behind a proxy that says %j is %s', async (prefix, expected) => {
    expect(await at({ prefix })).toBe(expected);
  });

  it('that links to a file elsewhere is not changed', async () => {
    const link = 'https://s3.eu-west-1.amazonaws.com/files/jobs/a.csv?X-Amz-Signature=b';
    expect(await at({}, async () => ({ status: 302, body: {}, headers: { location: link } }))).toBe(link);
  });
});

describe('the request id', () => {
  it.each([['X-Request-Id'], ['x-request-id'], ['X-REQUEST-ID']])('is taken from %s and echoed', async (name) => {
    let seen: string | undefined;
    const route = async () => {
      seen = currentRequestId();
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

describe('an answer that clients poll', () => {
  const read = (state: string, ifNoneMatch?: string) =>
    http({ scope: 'public', polled: true }, async () => ({ status: 200, body: { state } }))(
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
    const failing = http({ scope: 'public', polled: true }, failsWith(new AppError('NOT_FOUND')));
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
