import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { validate } from '../../lib/kernel/fields.ts';
import {
  depositRequest,
  paymentRequest,
  providerRequest,
  refundRequest,
  walletRequest,
} from '../../lib/wallets/schemas.ts';
import { problemsOf } from '../support/problems.ts';

const assets = new Set(['ETH']);
const deposits = depositRequest(() => ({ assets }));
const wallets = walletRequest(() => ({ assets }));
/** The edge parses the body with exact numbers. */
const parse = <Value>(schema: z.ZodType<Value>, body: unknown) => validate(schema, parseExact(JSON.stringify(body)));

const WHOLE = 'must be a whole number from 1 to 9007199254740991';
const DIGITS = 'must be a string of 1 to 78 digits';
const A_UNIT = 'must be an ISO 4217 currency code such as IDR, or an asset that can be withdrawn';
const payment = { provider_id: 'pln', external_reference: 'bill-1', amount: 5, currency: 'IDR' };

describe('a deposit', () => {
  it('of a currency has a number, and of an asset a string of up to 78 digits', () => {
    expect(parse(deposits, { amount: 5, currency: 'IDR' })).toEqual({ amount: 5n, currency: 'IDR' });
    const amount = '9'.repeat(78);
    expect(parse(deposits, { amount, currency: 'ETH' })).toEqual({ amount: BigInt(amount), currency: 'ETH' });
  });

  it('reads the assets with each request', () => {
    const later = new Set<string>();
    const schema = depositRequest(() => ({ assets: later }));
    later.add('BTC');
    expect(parse(schema, { amount: '7', currency: 'BTC' })).toEqual({ amount: 7n, currency: 'BTC' });
  });

  it('is one of two shapes in JSON Schema', () => {
    const { $defs } = z.toJSONSchema(deposits, { unrepresentable: 'any', io: 'input' });
    expect($defs).toMatchObject({
      DepositRequest: {
        anyOf: [{ $ref: '#/$defs/CurrencyDepositRequest' }, { $ref: '#/$defs/AssetDepositRequest' }],
      },
      CurrencyDepositRequest: { properties: { amount: { type: 'integer', minimum: 1 } }, additionalProperties: false },
      AssetDepositRequest: { properties: { amount: { type: 'string', maxLength: 78 } }, additionalProperties: false },
    });
  });
});

describe('an invalid request is refused, with all its problems', () => {
  it.each<[z.ZodType, unknown, Record<string, string>]>([
    [deposits, { amount: '5', currency: 'IDR' }, { amount: WHOLE }],
    [deposits, { amount: 5, currency: 'ETH' }, { amount: DIGITS }],
    [deposits, { amount: '05', currency: 'ETH' }, { amount: 'must be a whole number greater than 0, in plain digits' }],
    [
      deposits,
      { amount: 0, currency: 'DOGE', note: '' },
      { amount: WHOLE, currency: A_UNIT, note: 'is not a known field' },
    ],
    [deposits, {}, { amount: 'is required', currency: 'is required' }],
    [deposits, null, { '': 'must be a JSON object' }],
    [deposits, 7, { '': 'must be a JSON object' }],
    [
      wallets,
      { user_id: '#', currency: 'DOGE' },
      {
        user_id: 'must be 1 to 128 letters, digits or "_.:@+|-", beginning with a letter or digit',
        currency: A_UNIT,
      },
    ],
    [wallets, { user_id: 'ana', currency: 'ETH', balance: 1 }, { balance: 'is not a known field' }],
    [paymentRequest, { ...payment, currency: 'ETH' }, { currency: 'must be an ISO 4217 currency code such as IDR' }],
    [paymentRequest, { ...payment, amount: undefined, fee: 1 }, { amount: 'is required', fee: 'is not a known field' }],
    [refundRequest, { amount: 0 }, { amount: WHOLE }],
    [refundRequest, { amount_minor: 5 }, { amount_minor: 'is not a known field' }],
    [providerRequest, { id: 'pln', name: 'PLN' }, { id: 'is not a known field' }],
  ])('%#', (schema, body, problems) => {
    const found = problemsOf(() => parse(schema, body));
    expect(Object.fromEntries(found.map(({ path, reason }) => [path, reason]))).toEqual(problems);
    expect(found).toHaveLength(Object.keys(problems).length);
  });
});
