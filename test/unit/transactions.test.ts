import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { jobRequest } from '../../lib/settlement/requests.ts';
import { columnsOf, rowsOf, segmentsOf, shardOf } from '../../lib/transactions/segment.ts';
import { type MerchantId, settlementDay, type Transaction } from '../../lib/transactions/transaction.ts';
import { transactionsRequest } from '../../lib/transactions/transactions-request.ts';
import { problemsOf } from '../support/problems.ts';

const fine = {
  id: 'txn-1',
  merchant_id: 'merchant-1',
  amount_cents: 1_999,
  fee_cents: 0,
  status: 'PAID',
  paid_at: '2026-11-19T23:59:59.999Z',
};
const check = (text: string) => validate(transactionsRequest, parseExact(text));
const read = (body: unknown) => check(JSON.stringify(body));
const problems = (text: string) => problemsOf(() => check(text)).map(({ path, reason }) => `${path}: ${reason}`);
const problemsWith = (changes: object) => problems(JSON.stringify([{ ...fine, ...changes }]));

describe('a row', () => {
  it('is accepted in a list, under "transactions" or by itself', () => {
    const [row] = read(fine);
    expect(read([fine])).toEqual([row]);
    expect(read({ transactions: [fine] })).toEqual([row]);
    expect(row).toEqual({
      id: 'txn-1',
      merchantId: 'merchant-1',
      amountCents: 1_999n,
      feeCents: 0n,
      status: 'PAID',
      paidAt: Date.parse('2026-11-19T23:59:59.999Z'),
    });
  });

  it('belongs to the UTC day of its time, in any time zone', () => {
    const [row] = read({ ...fine, paid_at: '2026-11-20T06:59:59+07:00' }) as [Transaction];
    expect(settlementDay(row)).toBe('2026-11-19');
  });

  it.each([
    [{ id: '' }, 'transactions[0].id: must be 1 to 64 letters'],
    [{ id: 'a#b' }, 'transactions[0].id: must be'],
    [{ id: '=cmd' }, 'transactions[0].id: must be'],
    [{ id: 'x'.repeat(65) }, 'transactions[0].id: must be'],
    [{ id: 7 }, 'transactions[0].id: must be a string'],
    [{ id: undefined }, 'transactions[0].id: is required'],
    [{ merchant_id: 'ü' }, 'transactions[0].merchant_id: must be'],
    [{ amount_cents: -1 }, 'transactions[0].amount_cents: must be a whole number'],
    [{ amount_cents: 1.5 }, 'transactions[0].amount_cents: must be a whole number'],
    [{ amount_cents: '100' }, 'transactions[0].amount_cents: must be a whole number'],
    [{ amount_cents: null }, 'transactions[0].amount_cents: must be a whole number'],
    [{ amount_cents: 1e15 + 1 }, 'transactions[0].amount_cents: must be a whole number'],
    [{ fee_cents: undefined }, 'transactions[0].fee_cents: is required'],
    [{ status: 'paid' }, 'transactions[0].status: must be one of PAID, FAILED, REFUNDED'],
    [{ status: 'PENDING' }, 'transactions[0].status: must be one of'],
    [{ paid_at: '2026-11-19' }, 'transactions[0].paid_at: must be a time with its zone'],
    [{ paid_at: '2026-11-19T10:00:00' }, 'transactions[0].paid_at: must be a time with its zone'],
    [{ paid_at: '2026-02-30T10:00:00Z' }, 'transactions[0].paid_at: must be a time with its zone'],
    [{ paid_at: 1_763_500_000_000 }, 'transactions[0].paid_at: must be a string'],
    [{ paid_at: '0999-01-01T00:00:00Z' }, 'transactions[0].paid_at: must be from 2000-01-01'],
    [{ paid_at: '2000-01-01T00:00:00+10:00' }, 'transactions[0].paid_at: must be from 2000-01-01'],
    [{ paid_at: '9999-12-31T23:59:59-10:00' }, 'transactions[0].paid_at: must be from 2000-01-01'],
    [{ amount: 1 }, 'transactions[0].amount: is not a known field'],
  ])('with %j is refused', (changes, expected) => {
    expect(problemsWith(changes)).toEqual([expect.stringContaining(expected)]);
  });

  it.each(['1e3', '100.0', '1E2', '9007199254740993e0'])('with the amount %s is refused', (number) => {
    const text = JSON.stringify(fine).replace('1999', number);
    expect(problems(text)).toEqual([expect.stringContaining('amount_cents: must be a whole number')]);
  });

  it.each([
    ['null', ': must be {"transactions": [...]}'],
    ['7', ': must be {"transactions": [...]}'],
    ['"rows"', ': must be {"transactions": [...]}'],
    ['{"transactions":{}}', 'transactions: must be a list'],
    ['{"transactions":7}', 'transactions: must be a list'],
    ['[]', 'transactions: must have at least one row'],
    ['{"transactions":[]}', 'transactions: must have at least one row'],
    ['[null]', 'transactions[0]: must be an object'],
    ['[[]]', 'transactions[0]: must be an object'],
    ['[7]', 'transactions[0]: must be an object'],
  ])('is refused if it is %s', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  it('is refused beside an unknown field', () => {
    expect(problems(JSON.stringify({ transactions: [fine], rows: [] }))).toEqual(['rows: is not a known field']);
  });
});

describe('a call', () => {
  it('names every bad row by its index, with all its bad fields', () => {
    const text = JSON.stringify([fine, { ...fine, id: 'txn-2', status: 'x', fee_cents: -1 }, fine, { id: 'txn-3' }]);
    expect(problems(text).map((problem) => problem.split(':')[0])).toEqual([
      'transactions[1].fee_cents',
      'transactions[1].status',
      'transactions[3].merchant_id',
      'transactions[3].amount_cents',
      'transactions[3].fee_cents',
      'transactions[3].status',
      'transactions[3].paid_at',
    ]);
  });

  it('may repeat a row, but not give another row the same id', () => {
    expect(read([fine, fine])).toHaveLength(2);
    expect(problems(JSON.stringify([fine, { ...fine, id: 'txn-2' }, { ...fine, fee_cents: 1 }]))).toEqual([
      'transactions[2].id: is also the id of transactions[0], which is a different row',
    ]);
    const rows = [
      { ...fine, status: 'x' },
      fine,
      { ...fine, fee_cents: 1 },
      { id: 'txn-2' },
      { ...fine, fee_cents: -1 },
    ];
    expect(problems(JSON.stringify(rows))).toEqual([
      'transactions[0].status: must be one of PAID, FAILED, REFUNDED',
      ...['merchant_id', 'amount_cents', 'fee_cents', 'status', 'paid_at'].map(
        (field) => `transactions[3].${field}: is required`,
      ),
      'transactions[4].fee_cents: must be a whole number from 0 to 1000000000000000',
      'transactions[2].id: is also the id of transactions[1], which is a different row',
    ]);
  });

  it('accepts at most 1,000 rows', () => {
    const rows = Array.from({ length: 1_001 }, (_, index) => ({ ...fine, id: `txn-${index}` }));
    expect(read(rows.slice(1))).toHaveLength(1_000);
    expect(problems(JSON.stringify(rows))).toEqual([expect.stringContaining('at most 1000 rows, not 1001')]);
  });
});

const transaction = fc.record({
  id: fc.uuid(),
  merchantId: fc.constantFrom('a', 'b', 'c-1', 'c:2'),
  amountCents: fc.bigInt({ min: 0n, max: 10n ** 15n }),
  feeCents: fc.bigInt({ min: 0n, max: 10n ** 15n }),
  status: fc.constantFrom('PAID', 'FAILED', 'REFUNDED'),
  paidAt: fc.integer({ min: Date.parse('2026-11-18'), max: Date.parse('2026-11-20') - 1 }),
}) as fc.Arbitrary<Transaction>;

describe('segments', () => {
  it('contain every row once, of one merchant and one day, up to their maximum size', () => {
    fc.assert(
      fc.property(fc.array(transaction), fc.integer({ min: 1, max: 9 }), (rows, most) => {
        const segments = segmentsOf(rows, most);
        expect(
          segments
            .flatMap(({ transactions }) => transactions)
            .map(({ id }) => id)
            .sort(),
        ).toEqual(rows.map(({ id }) => id).sort());
        for (const { day, merchantId, transactions } of segments) {
          expect(transactions.length).toBeLessThanOrEqual(most);
          for (const row of transactions) {
            expect([settlementDay(row), row.merchantId]).toEqual([day, merchantId]);
          }
        }
      }),
    );
  });

  it('keep every digit of their rows', () => {
    fc.assert(
      fc.property(fc.array(transaction, { minLength: 1 }), (rows) => {
        const ofOne = rows.map((row) => ({ ...row, merchantId: 'a' as MerchantId }));
        expect(rowsOf('a' as MerchantId, columnsOf(ofOne))).toEqual(ofOne);
      }),
    );
  });

  it('are refused if a column is truncated', () => {
    const [row] = read(fine) as [Transaction];
    const columns = columnsOf([row, { ...row, id: 'txn-2' as never }]);
    expect(() => rowsOf(row.merchantId, { ...columns, fees: '0' })).toThrow('differ in length');
  });
});

it('the sixteen shards are all in use, and a merchant is always in the same one', () => {
  const shards = Array.from({ length: 1_000 }, (_, index) => shardOf(`merchant-${index}` as MerchantId));
  expect(new Set(shards).size).toBe(16);
  expect(shardOf('merchant-7' as MerchantId)).toBe(shards[7]);
});

it('rows and ranges can be written as JSON Schema', () => {
  const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  const { $defs = {} } = jsonSchema(transactionsRequest);
  expect($defs.TransactionsRequest).toMatchObject({
    required: ['transactions'],
    properties: { transactions: { minItems: 1, maxItems: 1_000, items: { $ref: '#/$defs/TransactionRow' } } },
    additionalProperties: false,
  });
  expect($defs.TransactionRow).toMatchObject({
    required: ['id', 'merchant_id', 'amount_cents', 'fee_cents', 'status', 'paid_at'],
    properties: {
      amount_cents: { type: 'integer', minimum: 0, maximum: 1e15 },
      status: { enum: ['PAID', 'FAILED', 'REFUNDED'] },
      paid_at: { type: 'string', format: 'date-time' },
    },
    additionalProperties: false,
  });
  expect(jsonSchema(jobRequest(() => ({ now: () => 0 }))).$defs?.SettlementRequest).toMatchObject({
    required: ['from', 'to'],
    properties: { from: { type: 'string', format: 'date' }, to: { type: 'string', format: 'date' } },
    additionalProperties: false,
  });
});
