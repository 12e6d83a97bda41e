import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addLogFields, currentRequestId } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { logger } from '../../lib/edge/log.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { anEvent, aPrincipal, call, failsWith, lambda, ok } from '../support/http.ts';
import { logLines } from '../support/log-lines.ts';

const log = logLines();
beforeEach(() => log.forget());

describe('the log', () => {
  const noting = async () => {
    const id = currentRequestId() ?? '';
    addLogFields({ payment_id: `pay-${id}` });
    for (let turns = 0; turns < 5; turns += 1) await setImmediate();
    addLogFields({ amount: BigInt(id.slice(2)), currency: 'BRL' });
    return ok();
  };

  it('has one line per request, with its result and without its content', async () => {
    const withBody = http({ scope: 'public', body: z.unknown() }, ok);
    await withBody(anEvent({ body: '{"bank_account":"1234567890"}' }), lambda);
    await call(failsWith(new AppError('NOT_FOUND')));
    const { keyId: key_id } = aPrincipal();
    const common = {
      key_id,
      message: 'request',
      service: 'sluice',
      request_id: 'gateway-id',
      level: 'info',
      method: 'POST',
    };
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
      stack: expect.stringContaining('http-log.test.ts'),
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
