import { describe, expect, it } from 'vitest';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { batchRequest, MAX_PAYOUTS } from '../../lib/payouts/batch-request.ts';
import { aBatchBody, anInstruction, aPixBatchBody, aPixItem, currency } from '../support/builders.ts';
import { problemsOf as problemsIn } from '../support/problems.ts';

/** The edge parses the body with exact numbers. */
const parse = (body: unknown) =>
  validate(batchRequest, parseExact(typeof body === 'string' ? body : JSON.stringify(body)));

const problemsOf = (body: unknown) => problemsIn(() => parse(body));

/** The second of two payouts with an amount that JSON.stringify cannot write. */
const amount = (text: string, code = 'IDR') =>
  JSON.stringify(aBatchBody([{}, { amount: '@', currency: code }])).replace('"@"', text);
const cents = (text: string) => JSON.stringify(aPixBatchBody([{}, { amount_cents: '@' }])).replace('"@"', text);
const change = (field: string, value: unknown) => aBatchBody([{}, { [field]: value }]);
const changePix = (field: string, value: unknown) => aPixBatchBody([{}, { [field]: value }]);

describe('a batch is accepted in both public shapes', () => {
  it('vendor payouts in major units', () => {
    expect(parse(aBatchBody([{ vendor_id: 'vendor-1' }]))).toEqual({
      autoStart: true,
      instructions: [anInstruction()],
    });
  });

  it('PIX items in centavos', () => {
    expect(parse(aPixBatchBody([{}], { auto_start: false }))).toEqual({
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
    expect(parse(aBatchBody([{}], { start_at: '2026-12-24T03:00:00+02:00' }))).toMatchObject({
      startAt: '2026-12-24T01:00:00.000Z',
    });
  });

  it('in the same order, with every digit of an amount', () => {
    const { instructions } = parse(amount('90071992547409.91'));
    expect(instructions.map(({ externalId, money }) => [externalId, money.minor])).toEqual([
      ['vendor-0', 15_000_050n],
      ['vendor-1', 9_007_199_254_740_991n],
    ]);
  });

  it('with an account that is masked: a rail may hold accounts under a token', () => {
    const [, masked] = parse(change('bank_account', 'ID****7823')).instructions;
    expect(masked?.destination).toMatchObject({ bankAccount: 'ID****7823' });
  });

  it('without transaction_ids', () => {
    expect(parse(change('transaction_ids', undefined)).instructions[1]?.transactionIds).toEqual([]);
  });

  it('with one user paid twice by PIX, under two external ids', () => {
    expect(parse(aPixBatchBody([{}, {}])).instructions).toHaveLength(2);
  });

  it('with 15,000 payouts', () => {
    expect(parse(aBatchBody(Array(MAX_PAYOUTS).fill({}))).instructions).toHaveLength(15_000);
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
    expect(problemsOf(body)).toEqual([{ path, reason }]);
  });

  it.each(['', '_x', '-x', 'a b', 'a/b', '../x', 'a#1', 'a.b', 'ä', 'x\n', 'x'.repeat(65)])(
    'with the batch id %j',
    (batch_id) => {
      expect(problemsOf(aBatchBody([{}], { batch_id }))).toEqual([
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
    expect(problemsOf(body)).toEqual([{ path, reason: 'is not a known field' }]);
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
    const found = problemsOf(body).filter(({ path }) => path === `payouts[1].${field}`);
    expect(found[0]?.reason).toBe(reason);
    expect(problemsOf(body).every(({ path }) => path === `payouts[1].${field}`)).toBe(true);
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
    expect(problemsOf(body)).toEqual([{ path: `items[1].${field}`, reason }]);
  });

  it.each(['null', '5', '"x"', '[]', 'true'])('an entry that is %s', (entry) => {
    const body = JSON.stringify(aBatchBody([{}, {}])).replace('}]', `},${entry}]`);
    expect(problemsOf(body)).toEqual([{ path: 'payouts[2]', reason: 'must be an object' }]);
  });

  it('an entry in the other shape', () => {
    const [item] = aPixBatchBody().items;
    expect(problemsOf({ payouts: [item] }).map(({ path }) => path)).toContain('payouts[0].vendor_id');
  });

  it('a field with too many levels', () => {
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`;
    const body = JSON.stringify(change('vendor_id', '@')).replace('"@"', deep);
    expect(problemsOf(body)).toEqual([{ path: 'payouts[1].vendor_id', reason: 'must be a string' }]);
  });
});

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

describe('all errors are reported at once', () => {
  it('of every field of every entry, and of the envelope', () => {
    const body = aBatchBody([{ amount: -1, currency: 'VND' }, {}, { bank_name: '', currency: 'nope' }, {}], {
      batch_id: '?',
    });
    expect(
      problemsOf(body)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['batch_id', 'payouts[0].amount', 'payouts[2].bank_name', 'payouts[2].currency']);
  });

  it('of a repeated vendor, with both indices', () => {
    const twice = [{ vendor_id: 'a' }, { vendor_id: 'b' }, { vendor_id: 'a' }, { vendor_id: 'a', amount: 0 }];
    expect(problemsOf(aBatchBody(twice)).toSorted(byPath)).toEqual([
      { path: 'payouts[2].vendor_id', reason: 'is the same as that of payouts[0]' },
      { path: 'payouts[3].amount', reason: 'must be greater than 0' },
      { path: 'payouts[3].vendor_id', reason: 'is the same as that of payouts[0]' },
    ]);
    for (const duplicates of ['reject', 'allow']) {
      expect(problemsOf(aPixBatchBody([{ external_id: 'x' }, { external_id: 'x' }], { duplicates }))).toEqual([
        { path: 'items[1].external_id', reason: 'is the same as that of items[0]' },
      ]);
    }
  });

  it('of a repeated id, unless repeated payouts are skipped and it is for the same', () => {
    const twice = [{ external_id: 'x' }, { external_id: 'x' }];
    expect(problemsOf(aPixBatchBody(twice))).toEqual([]);
    expect(problemsOf(aBatchBody(twice))).toEqual([
      { path: 'payouts[1].external_id', reason: 'is the same as that of payouts[0]' },
    ]);
    const [first, other] = [aPixItem({ external_id: 'x' }), aPixItem({ external_id: 'x', user_id: 'another' })];
    expect(problemsOf(aPixBatchBody([first, other]))).toEqual([
      { path: 'items[1].external_id', reason: 'is the same as that of items[0], and its amount or payee is another' },
    ]);
    const oneVendor = { vendor_id: 'v', external_id: 'a' };
    expect(problemsOf(aBatchBody([oneVendor, { ...oneVendor, external_id: 'b' }]))).toEqual([]);
  });

  it('of a repeated sale, only if sales are claimed', () => {
    const twice = [{ transaction_ids: ['t1', 't1'] }, { transaction_ids: ['t2', 't1'] }];
    expect(problemsOf(aBatchBody(twice))).toEqual([]);
    expect(problemsOf(aBatchBody(twice, { claim_transactions: true, duplicates: 'skip' }))).toEqual([]);
    expect(problemsOf(aBatchBody(twice, { claim_transactions: true }))).toEqual([
      { path: 'payouts[1].transaction_ids', reason: 'is the same as that of payouts[0]' },
    ]);
    expect(problemsOf(aBatchBody(twice, { claim_transactions: true, duplicates: 'allow' }))[0]?.path).toBe(
      'claim_transactions',
    );
  });

  it('of vendors without a name, which are not the same vendor', () => {
    expect(problemsOf(aBatchBody([{ vendor_id: '' }, { vendor_id: '' }, { vendor_id: 5 }, { vendor_id: 5 }]))).toEqual([
      { path: 'payouts[0].vendor_id', reason: 'must not be empty' },
      { path: 'payouts[1].vendor_id', reason: 'must not be empty' },
      { path: 'payouts[2].vendor_id', reason: 'must be a string' },
      { path: 'payouts[3].vendor_id', reason: 'must be a string' },
    ]);
  });

  it('except for names that only look special', () => {
    const names = ['__proto__', 'constructor', 'toString', 'vendor_id'];
    expect(parse(aBatchBody(names.map((vendor_id) => ({ vendor_id })))).instructions).toHaveLength(4);
    expect(problemsOf(aBatchBody([{ vendor_id: '__proto__' }, { vendor_id: '__proto__' }]))).toHaveLength(1);
  });

  it('of 15,000 bad entries', () => {
    const problems = problemsOf(aBatchBody(Array(MAX_PAYOUTS).fill({ amount: 0 })));
    expect(new Set(problems.map(({ path }) => path)).size).toBe(15_000);
  });

  it('and fit into an answer when each entry has twenty', () => {
    const problems = problemsOf({ payouts: Array(MAX_PAYOUTS).fill({ transaction_ids: Array(20).fill('') }) });
    const named = new Set(problems.map(({ path }) => path.slice(0, path.indexOf(']'))));
    expect(named.size).toBe(15_000);
    expect(JSON.stringify(problems).length).toBeLessThan(5_000_000);
  });
});
