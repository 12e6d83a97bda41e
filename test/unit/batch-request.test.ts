import { describe, expect, it } from 'vitest';
import { MAX_PAYOUTS } from '../../lib/payouts/batch-request.ts';
import { parseBatch, problemsOfBatch } from '../support/batch-requests.ts';
import { aBatchBody, anInstruction, aPixBatchBody, currency } from '../support/builders.ts';

/** The second of two payouts with an amount that JSON.stringify cannot write. */
const amount = (text: string, code = 'IDR') =>
  JSON.stringify(aBatchBody([{}, { amount: '@', currency: code }])).replace('"@"', text);
const cents = (text: string) => JSON.stringify(aPixBatchBody([{}, { amount_cents: '@' }])).replace('"@"', text);
const change = (field: string, value: unknown) => aBatchBody([{}, { [field]: value }]);
const changePix = (field: string, value: unknown) => aPixBatchBody([{}, { [field]: value }]);

describe('a batch is accepted in both public shapes', () => {
  it('vendor payouts in major units', () => {
    expect(parseBatch(aBatchBody([{ vendor_id: 'vendor-1' }]))).toEqual({
      autoStart: true,
      instructions: [anInstruction()],
    });
  });

  it('PIX items in centavos', () => {
    expect(parseBatch(aPixBatchBody([{}], { auto_start: false }))).toEqual({
      batchId: 'pix-1',
      autoStart: false,
      instructions: [
        {
          externalId: 'withdrawal-0',
          payee: { id: 'user-1' },
          money: { minor: 12_345n, currency: currency('BRL') },
          destination: { type: 'pix', pixKey: 'ana@example.com' },
          transactionIds: [],
        },
      ],
    });
  });

  it('with a time, in UTC', () => {
    expect(parseBatch(aBatchBody([{}], { start_at: '2026-12-24T03:00:00+02:00' }))).toMatchObject({
      startAt: '2026-12-24T01:00:00.000Z',
    });
  });

  it('in the same order, with every digit of an amount', () => {
    const { instructions } = parseBatch(amount('90071992547409.91'));
    expect(instructions.map(({ externalId, money }) => [externalId, money.minor])).toEqual([
      ['vendor-0', 15_000_050n],
      ['vendor-1', 9_007_199_254_740_991n],
    ]);
  });

  it('with an account that is masked: a rail may hold accounts under a token', () => {
    const [, masked] = parseBatch(change('bank_account', 'ID****7823')).instructions;
    expect(masked?.destination).toMatchObject({ bankAccount: 'ID****7823' });
  });

  it('without transaction_ids', () => {
    expect(parseBatch(change('transaction_ids', undefined)).instructions[1]?.transactionIds).toEqual([]);
  });

  it('with one user paid twice by PIX, under two external ids', () => {
    expect(parseBatch(aPixBatchBody([{}, {}])).instructions).toHaveLength(2);
  });

  it('with 15,000 payouts', () => {
    expect(parseBatch(aBatchBody(Array(MAX_PAYOUTS).fill({}))).instructions).toHaveLength(15_000);
  });
});

describe('an invalid body is refused', () => {
  it.each<[unknown, string, string]>([
    ['null', '', 'must be a JSON object'],
    ['5', '', 'must be a JSON object'],
    ['"payouts"', '', 'must be a JSON object'],
    ['[]', '', 'must be a JSON object'],
    ['{}', 'payouts', 'is required (or "items")'],
    [{ payouts: [] }, 'payouts', 'must not be empty'],
    [{ items: [] }, 'items', 'must not be empty'],
    [{ payouts: 'all' }, 'payouts', 'must be a list'],
    [{ payouts: 3 }, 'payouts', 'must be a list'],
    [{ items: { 0: {} } }, 'items', 'must be a list'],
    [{ payouts: null }, 'payouts', 'must be a list'],
    [
      { ...aBatchBody(), ...aPixBatchBody([{}], { batch_id: undefined }) },
      'items',
      'cannot be combined with "payouts"',
    ],
    [aBatchBody(Array(15_001).fill({})), 'payouts', 'has 15001 entries, at most 15000 are allowed'],
    [aPixBatchBody(Array(15_001).fill({})), 'items', 'has 15001 entries, at most 15000 are allowed'],
    [aBatchBody([{}], { auto_start: 'yes' }), 'auto_start', 'must be true or false'],
    [
      aBatchBody([{}], { start_at: '2026-12-24T01:00:00' }),
      'start_at',
      'must be a time with its zone, such as 2026-11-19T08:30:00Z',
    ],
    [
      aBatchBody([{}], { start_at: '2026-12-24T01:00:00Z', auto_start: false }),
      'start_at',
      'cannot be combined with "auto_start": false, by which the batch waits for a request to start it',
    ],
    [aBatchBody([{}], { batch_id: 7 }), 'batch_id', 'must be a string'],
    [aBatchBody([{}], { batch_id: null }), 'batch_id', 'must be a string'],
  ])('%.60j', (body, path, reason) => {
    expect(problemsOfBatch(body)).toEqual([{ path, reason }]);
  });

  it.each(['', '_x', '-x', 'a b', 'a/b', '../x', 'a#1', 'a.b', 'ä', 'x\n', 'x'.repeat(65)])(
    'with the batch id %j',
    (batch_id) => {
      expect(problemsOfBatch(aBatchBody([{}], { batch_id }))).toEqual([
        {
          path: 'batch_id',
          reason: 'must be 1 to 64 letters, digits, "_" or "-", beginning with a letter or digit',
        },
      ]);
    },
  );
});

describe('an unknown field is refused by name', () => {
  it.each([
    ['source', JSON.stringify(aBatchBody([{}], { source: 'erp' }))],
    ['toString', JSON.stringify(aBatchBody([{}], { toString: 0 }))],
    ['__proto__', JSON.stringify(aBatchBody([{}], { x: 1 })).replace('"x":1', '"__proto__":{"payouts":[]}')],
    ['payouts[1].note', JSON.stringify(change('note', 'hi'))],
    ['payouts[1].constructor', JSON.stringify(change('constructor', 1))],
    ['payouts[1].__proto__', JSON.stringify(change('x', 1)).replace('"x":1', '"__proto__":{"vendor_id":"mallory"}')],
    ['items[1].amount', JSON.stringify(changePix('amount', 1))],
  ])('%s', (path, body) => {
    expect(problemsOfBatch(body)).toEqual([{ path, reason: 'is not a known field' }]);
  });
});

describe('an invalid payout is named by index and field', () => {
  it.each<[string, unknown, string]>([
    ['amount', amount('0'), 'must be greater than 0'],
    ['amount', amount('-0.0'), 'must be greater than 0'],
    ['amount', amount('-5'), 'must be greater than 0'],
    ['amount', amount('10.125'), 'has more than the 2 decimals of IDR'],
    ['amount', amount('10.125', 'PHP'), 'has more than the 2 decimals of PHP'],
    ['amount', amount('10.5', 'VND'), 'VND has no decimals'],
    ['amount', amount('0.30000000000000004'), 'has more than the 2 decimals of IDR'],
    ['amount', amount('1e-400'), 'has more than the 2 decimals of IDR'],
    ['amount', amount('1e400'), 'must be at most 90071992547409.91'],
    ['amount', amount('9007199254740993'), 'must be at most 90071992547409.91'],
    ['amount', amount('9007199254740993', 'VND'), 'must be at most 9007199254740991'],
    ['amount', amount('1e99999'), 'is not a plain decimal number'],
    ['amount', amount('"100"'), 'must be a number'],
    ['amount', amount('null'), 'must be a number'],
    ['amount', amount('{}'), 'must be a number'],
    ['amount', change('amount', undefined), 'is required'],
    ['currency', change('currency', 'XXZ'), 'is not an ISO 4217 currency'],
    ['currency', change('currency', 'XAU'), 'is not an ISO 4217 currency'],
    ['currency', change('currency', 'idr'), 'is not an ISO 4217 currency'],
    ['currency', change('currency', '__proto__'), 'is not an ISO 4217 currency'],
    ['currency', change('currency', 360), 'must be an ISO 4217 code such as "IDR"'],
    ['currency', change('currency', undefined), 'is required'],
    ['vendor_id', change('vendor_id', ''), 'must not be empty'],
    ['vendor_id', change('vendor_id', 12), 'must be a string'],
    ['vendor_id', change('vendor_id', undefined), 'is required'],
    ['vendor_id', change('vendor_id', 'v'.repeat(129)), 'must be at most 128 characters'],
    ['vendor_name', change('vendor_name', '  \t'), 'must not be empty'],
    ['vendor_name', change('vendor_name', 'a\u0000b'), 'must not contain control characters'],
    ['bank_name', change('bank_name', null), 'must be a string'],
    [
      'bank_account',
      change('bank_account', '12'),
      'must be 3 to 34 letters, digits, spaces, ".", "-" or "*", beginning with a letter or digit',
    ],
    [
      'bank_account', // as answers show it
      change('bank_account', '****7823'),
      'must be 3 to 34 letters, digits, spaces, ".", "-" or "*", beginning with a letter or digit',
    ],
    ['bank_account', change('bank_account', undefined), 'is required'],
    ['transaction_ids', change('transaction_ids', 'txn'), 'must be a list'],
    ['transaction_ids', change('transaction_ids', Array(101).fill('t')), 'must have at most 100 entries'],
    ['transaction_ids[1]', change('transaction_ids', ['t', 5]), 'must be a string'],
    ['transaction_ids[0]', change('transaction_ids', ['']), 'must not be empty'],
  ])('payouts[1].%s', (field, body, reason) => {
    const found = problemsOfBatch(body).filter(({ path }) => path === `payouts[1].${field}`);
    expect(found[0]?.reason).toBe(reason);
    expect(problemsOfBatch(body).every(({ path }) => path === `payouts[1].${field}`)).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['amount_cents', cents('0'), 'must be greater than 0'],
    ['amount_cents', cents('-3'), 'must be greater than 0'],
    ['amount_cents', cents('1.5'), 'must be a whole number of minor units'],
    ['amount_cents', cents('1e400'), 'must be a whole number of minor units'],
    ['amount_cents', cents('9007199254740992'), 'must be at most 9007199254740991'],
    ['amount_cents', changePix('amount_cents', '100'), 'must be a number'],
    ['external_id', changePix('external_id', ' '), 'must not be empty'],
    ['user_id', changePix('user_id', undefined), 'is required'],
    ['pix_key', changePix('pix_key', 'k'.repeat(78)), 'must be at most 77 characters'],
  ])('items[1].%s', (field, body, reason) => {
    expect(problemsOfBatch(body)).toEqual([{ path: `items[1].${field}`, reason }]);
  });

  it.each(['null', '5', '"x"', '[]', 'true'])('an entry that is %s', (entry) => {
    const body = JSON.stringify(aBatchBody([{}, {}])).replace('}]', `},${entry}]`);
    expect(problemsOfBatch(body)).toEqual([{ path: 'payouts[2]', reason: 'must be an object' }]);
  });

  it('an entry in the other shape', () => {
    const [item] = aPixBatchBody().items;
    expect(problemsOfBatch({ payouts: [item] }).map(({ path }) => path)).toContain('payouts[0].vendor_id');
  });

  it('a field with too many levels', () => {
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`;
    const body = JSON.stringify(change('vendor_id', '@')).replace('"@"', deep);
    expect(problemsOfBatch(body)).toEqual([{ path: 'payouts[1].vendor_id', reason: 'must be a string' }]);
  });
});
