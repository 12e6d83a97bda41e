import { describe, expect, it } from 'vitest';
import { ExactDecimal, isSluiceError, Sluice, SluiceConnectionError, SluiceError } from '../../client/index.ts';
import { BATCH, clientOf, ITEM } from '../support/client.ts';
import { errorReply, type Reply } from '../support/http-server.ts';

const CREATED: Reply = { status: 201, body: BATCH };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('an idempotency key', () => {
  it('is made for a request that can have one, and every attempt has the same', async () => {
    const { server, sluice } = await clientOf(['drop', 'drop', CREATED]);
    await sluice.batches.create({ items: [ITEM] });
    const keys = server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[0]).toMatch(UUID);
  });

  it('is a new one for each call', async () => {
    const { server, sluice } = await clientOf([CREATED]);
    await sluice.wallets.deposit('ana', { amount: 5, currency: 'IDR' });
    await sluice.wallets.deposit('ana', { amount: 5, currency: 'IDR' });
    expect(new Set(server.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
  });

  it('may be given by the caller', async () => {
    const { server, sluice } = await clientOf([CREATED]);
    await sluice.batches.create({ items: [ITEM] }, { idempotencyKey: 'mine' });
    expect(server.received[0]?.headers['idempotency-key']).toBe('mine');
  });

  it('is not sent if the body has the key, nor by requests that have none', async () => {
    const { server, sluice } = await clientOf([CREATED, { status: 202, body: BATCH }, { status: 200, body: BATCH }]);
    await sluice.batches.create({ batch_id: 'b-1', items: [ITEM] });
    await sluice.batches.start('b-1');
    await sluice.batches.get('b-1');
    expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, undefined, undefined]);
  });
});

describe('a request', () => {
  it('has the API key, and one request id for all of its attempts', async () => {
    const { server, sluice } = await clientOf(['drop', { status: 200, body: BATCH }]);
    await sluice.batches.get('b-1');
    const [first, second] = server.received;
    expect(first?.headers).toMatchObject({ 'x-api-key': 'k-1', 'x-request-id': expect.stringMatching(UUID) });
    expect(second?.headers['x-request-id']).toBe(first?.headers['x-request-id']);
  });

  it('takes the request id of the caller', async () => {
    const { server, sluice } = await clientOf([{ status: 200, body: BATCH }]);
    await sluice.batches.get('b-1', { requestId: 'r-7' });
    expect(server.received[0]?.headers['x-request-id']).toBe('r-7');
  });

  it('escapes path parameters and leaves out query parameters without a value', async () => {
    const { server, sluice } = await clientOf([{ status: 200, body: { payouts: [], next_cursor: null } }]);
    await sluice.batches.payouts('a/b?c', { status: 'failed', limit: undefined }).all();
    expect(server.received[0]?.url).toBe('/batches/a%2Fb%3Fc/payouts?status=failed');
  });

  it('keeps the path of the base address', async () => {
    const { server } = await clientOf([{ status: 200, body: BATCH }]);
    await new Sluice({ baseUrl: `${server.url}/prod/`, apiKey: 'k-1' }).batches.get('b-1');
    expect(server.received[0]?.url).toBe('/prod/batches/b-1');
  });

  it('for a link answers with the link, and does not send the API key to its host', async () => {
    const storage = await clientOf([{ status: 200, body: 'merchant_id,date\n' }]);
    const location = `${storage.server.url}/file.csv?signature=1`;
    const { sluice } = await clientOf([{ status: 302, headers: { location }, body: { location } }]);
    expect(await (await sluice.downloads.fetch('job_1.csv')).text()).toBe('merchant_id,date\n');
    expect(storage.server.received[0]?.headers).not.toHaveProperty('x-api-key');
  });
});

describe('numbers', () => {
  it('beyond 2^53 are bigints with every digit, others are numbers', async () => {
    const { sluice } = await clientOf([
      {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"id":"o-1","total_cents":9007199254740993,"lines":[{"price_cents":9007199254740991}],"rate":0.1,"e":1e30}',
      },
    ]);
    expect(await sluice.orders.get('o-1')).toEqual({
      id: 'o-1',
      total_cents: 9007199254740993n,
      lines: [{ price_cents: 9007199254740991 }],
      rate: 0.1,
      e: 1e30,
    });
  });

  it('of requests keep every digit', async () => {
    const { server, sluice } = await clientOf([CREATED]);
    const amount = new ExactDecimal('90071992547409.91');
    const payee = { vendor_id: 'v-1', vendor_name: 'V', currency: 'IDR', bank_account: '1002', bank_name: 'BCA' };
    await sluice.batches.create({ items: [{ ...ITEM, amount_cents: 9007199254740993n }] });
    await sluice.batches.create({ payouts: [{ ...payee, amount }] });
    expect(server.received[0]?.body).toContain('"amount_cents":9007199254740993,');
    expect(server.received[1]?.body).toContain('"amount":90071992547409.91}');
  });

  it.each(['1e5', '', '01', '1.', 'NaN', '0x10'])('%j is no decimal number', (text) => {
    expect(() => new ExactDecimal(text)).toThrow(RangeError);
  });
});

describe('an error', () => {
  it('has what the service said', async () => {
    const details = [{ path: 'items[0].amount_cents', reason: 'must be greater than 0' }];
    const error = { code: 'VALIDATION_ERROR', message: 'The request is not valid.', details, request_id: 'r-9' };
    const { sluice } = await clientOf([{ status: 400, body: { error } }]);
    const thrown = await sluice.batches.create({ items: [ITEM] }).catch((reason) => reason);
    expect(thrown).toBeInstanceOf(SluiceError);
    expect(thrown).toMatchObject({
      status: 400,
      code: 'VALIDATION_ERROR',
      message: 'The request is not valid.',
      details,
      requestId: 'r-9',
    });
    expect(isSluiceError(thrown)).toBe(true);
    expect(isSluiceError(thrown, 'VALIDATION_ERROR')).toBe(true);
    expect(isSluiceError(thrown, 'NOT_FOUND')).toBe(false);
  });

  it.each<[string, Reply]>([
    ['an error page', { status: 418, body: '<html>teapot</html>' }],
    ['a success that is no JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"batch' }],
    ['a status that the operation does not have', { status: 301, body: '' }],
  ])('of something else than the service is a SluiceConnectionError: %s', async (_name, reply) => {
    const { sluice } = await clientOf([reply]);
    const thrown = await sluice.batches.get('b-1').catch((reason) => reason);
    expect(thrown).toBeInstanceOf(SluiceConnectionError);
    expect(isSluiceError(thrown)).toBe(false);
  });

  it('of a degraded service is its health, which is an answer', async () => {
    const health = { status: 'degraded', checks: { database: 'down' } };
    const { server, sluice } = await clientOf([{ status: 503, body: health }]);
    expect(await sluice.health()).toEqual(health);
    expect(server.received).toHaveLength(1);
  });

  it('of the gateway is none, also if the operation answers with that status', async () => {
    const { sluice } = await clientOf([errorReply(503, 'UNAVAILABLE')], { attempts: 1 });
    await expect(sluice.health()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('of the storage that refuses a file names its status', async () => {
    const { server, sluice } = await clientOf([{ status: 403, body: '<Error/>' }]);
    const upload = sluice.imports.upload({ upload_url: `${server.url}/f` }, 'a,b\n');
    await expect(upload).rejects.toMatchObject({ name: 'SluiceConnectionError', status: 403 });
    expect(server.received[0]).toMatchObject({ method: 'PUT', body: 'a,b\n' });
  });
});
