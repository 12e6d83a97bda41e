import { describe, expect, it } from 'vitest';
import { MAX_PAYOUTS } from '../../lib/payouts/batch-request.ts';
import { parseBatch, problemsOfBatch } from '../support/batch-requests.ts';
import { aBatchBody, aPixBatchBody, aPixItem } from '../support/builders.ts';

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

describe('all errors are reported at once', () => {
  it('of every field of every entry, and of the envelope', () => {
    const body = aBatchBody([{ amount: -1, currency: 'VND' }, {}, { bank_name: '', currency: 'nope' }, {}], {
      batch_id: '?',
    });
    expect(
      problemsOfBatch(body)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['batch_id', 'payouts[0].amount', 'payouts[2].bank_name', 'payouts[2].currency']);
  });

  it('of a repeated vendor, with both indices', () => {
    const twice = [{ vendor_id: 'a' }, { vendor_id: 'b' }, { vendor_id: 'a' }, { vendor_id: 'a', amount: 0 }];
    expect(problemsOfBatch(aBatchBody(twice)).toSorted(byPath)).toEqual([
      { path: 'payouts[2].vendor_id', reason: 'is the same as that of payouts[0]' },
      { path: 'payouts[3].amount', reason: 'must be greater than 0' },
      { path: 'payouts[3].vendor_id', reason: 'is the same as that of payouts[0]' },
    ]);
    for (const duplicates of ['reject', 'allow']) {
      expect(problemsOfBatch(aPixBatchBody([{ external_id: 'x' }, { external_id: 'x' }], { duplicates }))).toEqual([
        { path: 'items[1].external_id', reason: 'is the same as that of items[0]' },
      ]);
    }
  });

  it('of a repeated id, unless repeated payouts are skipped and it is for the same', () => {
    const twice = [{ external_id: 'x' }, { external_id: 'x' }];
    expect(problemsOfBatch(aPixBatchBody(twice))).toEqual([]);
    expect(problemsOfBatch(aBatchBody(twice))).toEqual([
      { path: 'payouts[1].external_id', reason: 'is the same as that of payouts[0]' },
    ]);
    const [first, other] = [aPixItem({ external_id: 'x' }), aPixItem({ external_id: 'x', user_id: 'another' })];
    expect(problemsOfBatch(aPixBatchBody([first, other]))).toEqual([
      { path: 'items[1].external_id', reason: 'is the same as that of items[0], and its amount or payee is another' },
    ]);
    const oneVendor = { vendor_id: 'v', external_id: 'a' };
    expect(problemsOfBatch(aBatchBody([oneVendor, { ...oneVendor, external_id: 'b' }]))).toEqual([]);
  });

  it('of a repeated sale, only if sales are claimed', () => {
    const twice = [{ transaction_ids: ['t1', 't1'] }, { transaction_ids: ['t2', 't1'] }];
    expect(problemsOfBatch(aBatchBody(twice))).toEqual([]);
    expect(problemsOfBatch(aBatchBody(twice, { claim_transactions: true, duplicates: 'skip' }))).toEqual([]);
    expect(problemsOfBatch(aBatchBody(twice, { claim_transactions: true }))).toEqual([
      { path: 'payouts[1].transaction_ids', reason: 'is the same as that of payouts[0]' },
    ]);
    expect(problemsOfBatch(aBatchBody(twice, { claim_transactions: true, duplicates: 'allow' }))[0]?.path).toBe(
      'claim_transactions',
    );
  });

  it('of vendors without a name, which are not the same vendor', () => {
    expect(
      problemsOfBatch(aBatchBody([{ vendor_id: '' }, { vendor_id: '' }, { vendor_id: 5 }, { vendor_id: 5 }])),
    ).toEqual([
      { path: 'payouts[0].vendor_id', reason: 'must not be empty' },
      { path: 'payouts[1].vendor_id', reason: 'must not be empty' },
      { path: 'payouts[2].vendor_id', reason: 'must be a string' },
      { path: 'payouts[3].vendor_id', reason: 'must be a string' },
    ]);
  });

  it('except for names that only look special', () => {
    const names = ['__proto__', 'constructor', 'toString', 'vendor_id'];
    expect(parseBatch(aBatchBody(names.map((vendor_id) => ({ vendor_id })))).instructions).toHaveLength(4);
    expect(problemsOfBatch(aBatchBody([{ vendor_id: '__proto__' }, { vendor_id: '__proto__' }]))).toHaveLength(1);
  });

  it('of 15,000 bad entries', () => {
    const problems = problemsOfBatch(aBatchBody(Array(MAX_PAYOUTS).fill({ amount: 0 })));
    expect(new Set(problems.map(({ path }) => path)).size).toBe(15_000);
  });

  it('and fit into an answer when each entry has twenty', () => {
    const problems = problemsOfBatch({ payouts: Array(MAX_PAYOUTS).fill({ transaction_ids: Array(20).fill('') }) });
    const named = new Set(problems.map(({ path }) => path.slice(0, path.indexOf(']'))));
    expect(named.size).toBe(15_000);
    expect(JSON.stringify(problems).length).toBeLessThan(5_000_000);
  });
});
