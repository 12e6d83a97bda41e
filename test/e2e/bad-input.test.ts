import { describe, expect, it } from 'vitest';
import { expectError } from '../support/expect-error.ts';
import { vendorBatch } from '../support/service.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();

const valid = vendorBatch(1).payouts[0];
const withPayout = (change: object) => ({ payouts: [valid, { ...valid, vendor_id: 'other', ...change }] });
/** JSON.stringify cannot write this amount, so it is put in as text. */
const withAmount = (amount: string, currency = 'IDR') =>
  JSON.stringify(withPayout({ amount: '@', currency })).replace('"@"', amount);

describe('bad input is refused with a clear 4xx and stores nothing', () => {
  const cases: [string, unknown, string][] = [
    ['an empty object', {}, 'payouts'],
    ['a list instead of an object', [], ''],
    ['null', 'null', ''],
    ['false', 'false', ''],
    ['a number', '0', ''],
    ['a string', '"payouts"', ''],
    ['an empty list', { payouts: [] }, 'payouts'],
    ['a list that is a string', { payouts: 'all' }, 'payouts'],
    ['both shapes at once', { payouts: [valid], items: [] }, 'items'],
    ['15,001 payouts', vendorBatch(15_001), 'payouts'],
    ['an amount of 0', withPayout({ amount: 0 }), 'payouts[1].amount'],
    ['a negative amount', withPayout({ amount: -5 }), 'payouts[1].amount'],
    ['three decimals in IDR', withPayout({ amount: 10.125 }), 'payouts[1].amount'],
    ['three decimals in PHP', withPayout({ amount: 10.125, currency: 'PHP' }), 'payouts[1].amount'],
    ['decimals in VND', withPayout({ amount: 10.5, currency: 'VND' }), 'payouts[1].amount'],
    ['an amount of 1e400', withAmount('1e400'), 'payouts[1].amount'],
    ['an amount above 2^53', withAmount('9007199254740993'), 'payouts[1].amount'],
    ['an amount that is a string', withPayout({ amount: '100' }), 'payouts[1].amount'],
    ['a missing amount', withPayout({ amount: undefined }), 'payouts[1].amount'],
    ['an unknown currency', withPayout({ currency: 'XXZ' }), 'payouts[1].currency'],
    ['an empty vendor', withPayout({ vendor_id: '' }), 'payouts[1].vendor_id'],
    ['a blank vendor name', withPayout({ vendor_name: '  ' }), 'payouts[1].vendor_name'],
    ['the same vendor twice', withPayout({ vendor_id: valid?.vendor_id }), 'payouts[1].vendor_id'],
    ['a payout that is null', { payouts: [null] }, 'payouts[0]'],
    ['a batch id with odd characters', { batch_id: 'a/b c', payouts: [valid] }, 'batch_id'],
    ['an empty batch id', { batch_id: '', payouts: [valid] }, 'batch_id'],
    ['auto_start that is not a boolean', { auto_start: 'yes', payouts: [valid] }, 'auto_start'],
    [
      'amount_cents with a fraction',
      { items: [{ external_id: 'e', user_id: 'u', amount_cents: 1.5, pix_key: 'k' }] },
      'items[0].amount_cents',
    ],
  ];
  it.each(cases)('%s', async (name, body, path) => {
    const key = { 'Idempotency-Key': `refused: ${name}` };
    const answer = await service.post('/batches', body, key);
    expectError(answer, 400, 'VALIDATION_ERROR');
    expect(answer.body.error.details.map((detail: any) => detail.path)).toContain(path);
    // Nothing is stored under the key: another request may use it.
    const other = await service.post('/batches', { auto_start: false, payouts: [valid] }, key);
    expect([other.status, other.headers.get('idempotent-replayed')]).toEqual([201, null]);
  });

  it('names every bad item', async () => {
    const body = {
      payouts: [{ ...valid, amount: -1 }, valid, { ...valid, vendor_id: 'c', currency: 'nope', bank_name: '' }],
    };
    const { body: answer } = await service.post('/batches', body);
    expect(answer.error.details.map((detail: any) => detail.path).sort()).toEqual([
      'payouts[0].amount',
      'payouts[1].vendor_id',
      'payouts[2].bank_name',
      'payouts[2].currency',
    ]);
  });

  it('names both indices of a duplicate', async () => {
    const { body } = await service.post('/batches', { payouts: [valid, { ...valid, vendor_id: 'b' }, valid] });
    expect(body.error.details).toEqual([{ path: 'payouts[2].vendor_id', reason: 'is the same as that of payouts[0]' }]);
  });

  it('invalid JSON', async () => {
    for (const body of ['{', '', '{"payouts":', '<xml/>']) {
      expectError(await service.post('/batches', body), 400, 'VALIDATION_ERROR');
    }
  });

  it('a 7 MB body', async () => {
    expectError(await service.post('/batches', `{"payouts":"${'x'.repeat(7_000_000)}"}`), 413, 'PAYLOAD_TOO_LARGE');
  });

  it.each(['page_size=0', 'page_size=-1', 'page_size=1000000', 'page_size=abc', 'page=0', 'status=paid', 'page=1.5'])(
    'a query with %s',
    async (query) => {
      const answer = await service.get(`/batches/any/payouts?${query}`);
      expectError(answer, 400, 'VALIDATION_ERROR');
      expect(answer.body.error.details[0].path).toBe(query.split('=')[0]);
    },
  );

  it('an invalid page token', async () => {
    expectError(await service.get('/batches?page_token=bm9uc2Vuc2U'), 400, 'VALIDATION_ERROR');
  });
});

describe('an id that does not exist', () => {
  it.each([
    ['GET', '/batches/nope'],
    ['GET', '/batches/nope/payouts'],
    ['GET', '/batches/nope/report'],
    ['POST', '/batches/nope/start'],
    ['POST', '/batches/nope/stop'],
    ['POST', '/batches/nope/retry-failed'],
    ['POST', '/batches/nope/redrive'],
    ['POST', '/batches/%2e%2e%2fx/stop'],
    ['GET', '/payouts/nope'],
    ['GET', '/payouts/nope.0001.000001'],
    ['GET', '/nowhere'],
  ])('%s %s is 404', async (method, path) => {
    expectError(await service.request(method, path, undefined, {}), 404, 'NOT_FOUND');
  });
});

describe('the API key', () => {
  it.each([
    ['missing', { 'X-API-Key': '' }],
    ['wrong', { 'X-API-Key': 'local_wrong' }],
  ])('%s: 401 on every route but /health', async (_name, headers) => {
    for (const path of ['/batches', '/batches/x', '/batches/x/payouts', '/payouts/x', '/batches/x/report']) {
      expectError(await service.get(path, headers), 401, 'UNAUTHORIZED');
    }
    for (const path of ['/batches', '/batches/x/start', '/batches/x/stop', '/batches/x/retry-failed']) {
      expectError(await service.post(path, {}, headers), 401, 'UNAUTHORIZED');
    }
    expect((await service.get('/health', headers)).status).toBe(200);
  });
});

describe('the request id', () => {
  it('is the id of the caller, is echoed, and appears in errors', async () => {
    const answer = await service.get('/batches/nope', { 'X-Request-Id': 'trace-42' });
    expect(answer.headers.get('x-request-id')).toBe('trace-42');
    expect(answer.body.error.request_id).toBe('trace-42');
  });

  it('is generated when the caller sends none or an invalid one', async () => {
    const answer = await service.get('/batches/nope', { 'X-Request-Id': 'two words' });
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{10,}$/);
  });
});
