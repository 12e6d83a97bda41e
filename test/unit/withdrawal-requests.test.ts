import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { validate } from '../../lib/kernel/fields.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { assetsSchema, DEFAULT_ASSETS } from '../../lib/withdrawals/assets.ts';
import { keyOf } from '../../lib/withdrawals/create-withdrawal.ts';
import { createRequest, deniedPath, listRequest } from '../../lib/withdrawals/schemas.ts';
import { problemsOf } from '../support/problems.ts';

const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
const assets = assetsSchema.parse(DEFAULT_ASSETS);
const request = createRequest(() => ({ assets }));
const exact = (body: unknown) => parseExact(JSON.stringify(body));
const refusalOf = (schema: z.ZodType, given: unknown) => problemsOf(() => validate(schema, given));
const aBody = (changes: object = {}) => ({
  idempotency_key: 'w-1',
  user_id: 'ana',
  asset: 'ETH',
  amount: '1000000000000000000',
  destination_address: ADDRESS,
  network: 'ethereum',
  ...changes,
});

describe('a request for a withdrawal', () => {
  it('has three retries and a wallet unless it names others', () => {
    expect(request.parse(exact(aBody()))).toEqual({
      key: 'w-1',
      userId: 'ana',
      money: { minor: 10n ** 18n, currency: 'ETH' },
      network: 'ethereum',
      address: ADDRESS,
      maxRetries: 3,
      source: 'wallet',
    });
    const other = request.parse(exact(aBody({ max_retries: 0, source: 'external' })));
    expect(other).toMatchObject({ maxRetries: 0, source: 'external' });
  });

  it('is refused with every problem at once, also with those that involve several fields', () => {
    const wrong = { user_id: 'a#b', amount: '1', network: 'tron', max_retries: 11, colour: 'red' };
    expect(refusalOf(request, exact(aBody(wrong)))).toEqual([
      { path: 'user_id', reason: expect.stringContaining('must be 1 to 128') },
      { path: 'max_retries', reason: 'must be a whole number from 0 to 10' },
      { path: 'colour', reason: 'is not a known field' },
      { path: 'amount', reason: expect.stringContaining('must be at least 100000000000000') },
      { path: 'network', reason: expect.stringContaining('must be a network of ETH') },
      { path: 'destination_address', reason: 'is not a tron address' },
    ]);
  });

  it.each([
    ['amount', 5, 'must be a string of digits'],
    ['amount', '-5', 'must be greater than 0'],
    ['amount', '1e3', 'must be a whole number of the smallest unit, in plain digits'],
    ['amount', undefined, 'is required'],
    ['asset', 'DOGE', `must be one of ${[...assets.keys()].join(', ')}`],
    ['network', 'moon', expect.stringContaining('must be one of bitcoin')],
    ['source', 'bank', 'must be one of wallet, external'],
    ['idempotency_key', 'a\nb', 'must not contain control characters'],
  ])('is refused with the %s %j', (path, value, reason) => {
    expect(refusalOf(request, exact(aBody({ [path]: value })))).toEqual([{ path, reason }]);
  });

  it.each([[null], [[]], ['text'], [5]])('is an object, not %j', (body) => {
    expect(refusalOf(request, exact(body))).toEqual([{ path: '', reason: 'must be a JSON object' }]);
  });
});

describe('the key of a withdrawal', () => {
  const key = (text: string) => text as IdempotencyKey;

  it('is in the body, in the header, or equal in both', () => {
    expect(keyOf(key('a'), undefined)).toBe('a');
    expect(keyOf(undefined, key('a'))).toBe('a');
    expect(keyOf(key('a'), key('a'))).toBe('a');
  });

  it.each([
    [undefined, undefined, 'is required, here or as the header Idempotency-Key'],
    [key('a'), key('b'), 'differs from the header Idempotency-Key'],
  ])('%s in the body and %s in the header is refused', (field, header, reason) => {
    expect(problemsOf(() => keyOf(field, header))).toEqual([{ path: 'idempotency_key', reason }]);
  });
});

describe('a page of a list over RPC', () => {
  it.each([
    [{}, 50],
    [{ limit: 7 }, 7],
    [{ limit: 100 }, 100],
    [{ limit: 4_000_000_000 }, 100],
  ])('asked for with %j has at most %i withdrawals', (asked, limit) => {
    expect(listRequest.parse(exact({ user_id: 'ana', ...asked }))).toMatchObject({ userId: 'ana', limit });
  });
});

describe('a denied destination', () => {
  it('is an address of its network', () => {
    expect(deniedPath.parse({ network: 'ethereum', address: ADDRESS })).toEqual({
      network: 'ethereum',
      address: ADDRESS,
    });
    expect(refusalOf(deniedPath, { network: 'tron', address: ADDRESS })).toEqual([
      { path: 'address', reason: 'is not a tron address' },
    ]);
    expect(refusalOf(deniedPath, { network: 'moon', address: ADDRESS })).toEqual([
      { path: 'network', reason: expect.stringContaining('must be one of') },
    ]);
  });
});
