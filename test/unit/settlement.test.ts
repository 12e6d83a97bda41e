import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseDay } from '../../lib/kernel/day.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { parseChunkId } from '../../lib/settlement/chunk.ts';
import { isFinished, JOB_STATUSES, JOB_TRANSITIONS, type JobId, type JobStatus } from '../../lib/settlement/job.ts';
import { MerchantTotals } from '../../lib/settlement/merchant-totals.ts';
import { jobRequest, settlementsQuery } from '../../lib/settlement/requests.ts';
import { csvLines } from '../../lib/settlement/settle-chunk.ts';
import { checksum, type Settlement } from '../../lib/settlement/settlement.ts';
import type { MerchantId } from '../../lib/transactions/transaction.ts';
import { problemsOf } from '../support/problems.ts';

const NOW = Date.parse('2026-11-20T00:00:00.000Z');

const problems = (body: unknown) =>
  problemsOf(() =>
    validate(
      jobRequest(() => ({ now: () => NOW })),
      body,
    ),
  ).map(({ path, reason }) => `${path} ${reason}`);

describe('the range of a job', () => {
  it.each([
    [{ from: '2026-11-01', to: '2026-11-01' }],
    [{ from: '2026-11-20', to: '2026-11-20' }], // today, up to now
    [{ from: '2026-08-21', to: '2026-11-20' }], // 92 days
    [{ from: '2024-02-29', to: '2024-02-29' }],
  ])('%j is accepted', (body) => {
    expect(problems(body)).toEqual([]);
  });

  it.each([
    [{ from: '2026-11-02', to: '2026-11-01' }, ['from must not be after "to"']],
    [{ from: '2026-08-20', to: '2026-11-20' }, ['to must be at most 92 days after "from", that day included']],
    [{ from: '2026-11-20', to: '2026-11-21' }, ['to must not be in the future: today is 2026-11-20 in UTC']],
    [{ from: '2026-02-29', to: '2026-03-01' }, ['from must be a day of the calendar, yyyy-mm-dd']],
    [{ from: '2026-11-31', to: '2026-13-01' }, ['from must be a day', 'to must be a day']],
    [{ from: '2026-1-1', to: '20261101' }, ['from must be a day', 'to must be a day']],
    [{ from: '2026-11-01T00:00:00Z', to: ' 2026-11-01' }, ['from must be a day', 'to must be a day']],
    [{ from: 20_261_101, to: null }, ['from must be a string', 'to must be a string']],
    [{}, ['from is required', 'to is required']],
    [{ to: '2026-11-01' }, ['from is required']],
    [{ from: '2026-11-01', to: '2026-11-01', until: 1 }, ['until is not a known field']],
    [
      { from: '2026-08-20', to: '2026-11-21', merchant_id: 'm-1' },
      ['merchant_id is not a known field', 'to must be at most 92 days', 'to must not be in the future'],
    ],
    [{ from: 'x', to: '2026-11-21' }, ['from must be a day', 'to must not be in the future']],
    ['2026-11-01', [' ']],
    [null, [' ']],
  ])('%j is refused', (body, expected) => {
    const found = problems(body);
    expect(found).toHaveLength(expected.length);
    for (const [index, beginning] of expected.entries()) expect(found[index]).toContain(beginning.trim());
  });
});

describe('the query of settlements', () => {
  const query = settlementsQuery({ limit: z.string().optional() });
  const problemsIn = (given: object) =>
    problemsOf(() => validate(query, given)).map(({ path, reason }) => `${path} ${reason}`);

  it('has a range, which may be in the future, and perhaps a merchant', () => {
    const range = { from: '2999-01-01', to: '2999-01-02' };
    expect(validate(query, { ...range, merchant_id: 'm-1', limit: '7' })).toEqual({
      ...range,
      merchant_id: 'm-1',
      limit: '7',
    });
    expect(validate(query, range)).toEqual(range);
  });

  it('is refused with all its problems', () => {
    expect(problemsIn({ from: '2026-11-02', to: '2026-11-01', merchant_id: '#', page_size: '1' })).toEqual([
      'merchant_id is not a merchant id',
      'page_size is not a known field',
      'from must not be after "to"',
    ]);
  });
});

describe('a day', () => {
  it.each(['2026-02-30', '1999-12-31', '2026-00-10', '2026-01-00', '', '２026-01-01'])('%j is invalid', (text) => {
    expect(parseDay(text)).toBeUndefined();
  });
});

describe('a chunk id', () => {
  it.each(['2026-11-01#00', '2026-11-01#05-03', '2026-11-01#00-16', '2026-02-30#00-03', '#00-03', ''])(
    '%j is invalid',
    (text) => {
      expect(parseChunkId(text)).toBeUndefined();
    },
  );
});

describe('the states of a job', () => {
  it('that are finished are final, and every other leads to a finished one', () => {
    for (const status of JOB_STATUSES) {
      const next: readonly JobStatus[] = JOB_TRANSITIONS[status];
      if (isFinished(status)) expect(next).toEqual([]);
      else expect(next.some((to) => isFinished(to) || JOB_TRANSITIONS[to].some(isFinished))).toBe(true);
    }
  });

  it('never lead from a cancellation to a file', () => {
    expect(JOB_TRANSITIONS.CANCELLING).toEqual(['CANCELLED']);
    expect(JOB_TRANSITIONS.COMPLETED).toEqual([]);
  });
});

const segment = fc.record({
  merchantId: fc.constantFrom('a', 'a-1', 'b', 'c') as fc.Arbitrary<MerchantId>,
  rows: fc.array(
    fc.record({
      amount: fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fee: fc.bigInt({ min: 0n, max: 10n ** 15n }),
      status: fc.constantFrom('P', 'F', 'R'),
    }),
    { minLength: 1, maxLength: 20 },
  ),
});

describe('the totals', () => {
  it('are the sums of the paid rows, in any division into segments', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 30 }), (unordered) => {
        const segments = [...unordered].sort((a, b) => (a.merchantId < b.merchantId ? -1 : 1));
        const totals = new MerchantTotals();
        for (const { merchantId, rows } of segments) {
          totals.add({
            merchantId,
            statuses: rows.map(({ status }) => status).join(''),
            amounts: rows.map(({ amount }) => amount).join(','),
            fees: rows.map(({ fee }) => fee).join(','),
          });
        }
        const paid = segments.flatMap(({ merchantId, rows }) =>
          rows.filter(({ status }) => status === 'P').map((row) => ({ merchantId, ...row })),
        );
        const byMerchant = Map.groupBy(paid, ({ merchantId }) => merchantId);
        expect(new Map(totals.settled)).toEqual(
          new Map(
            [...byMerchant].map(([merchantId, rows]) => [
              merchantId,
              {
                gross: rows.reduce((sum, { amount }) => sum + amount, 0n),
                fee: rows.reduce((sum, { fee }) => sum + fee, 0n),
                count: rows.length,
              },
            ]),
          ),
        );
        expect(totals.transactions).toBe(segments.flatMap(({ rows }) => rows).length);
      }),
    );
  });

  it('reject a segment with columns of different lengths, and a merchant that occurs again', () => {
    const one = { merchantId: 'a' as MerchantId, statuses: 'P', amounts: '1', fees: '0' };
    expect(() => new MerchantTotals().add({ ...one, statuses: 'PP' })).toThrow('one length');
    const totals = new MerchantTotals();
    totals.add(one);
    totals.add({ ...one, merchantId: 'b' as MerchantId });
    expect(() => totals.add(one)).toThrow('are not consecutive');
  });
});

describe('a settlement', () => {
  const settlement: Settlement = {
    merchantId: 'merchant-1' as MerchantId,
    day: '2026-11-19' as never,
    gross: 9_007_199_254_740_993n,
    fee: 3n,
    count: 2,
    generatedAt: '2026-11-20T01:00:00.000Z',
    runId: 'job_1' as JobId,
  };

  it('is a line of the file with every digit', () => {
    expect(csvLines([settlement])).toBe(
      'merchant-1,2026-11-19,9007199254740993,3,9007199254740990,2,2026-11-20T01:00:00.000Z,job_1\n',
    );
  });

  it('has a checksum of its amounts, independent of its job and time', () => {
    const again = { ...settlement, runId: 'job_2' as JobId, generatedAt: '2026-11-21T01:00:00.000Z' };
    expect(checksum(again)).toBe(checksum(settlement));
    expect(checksum({ ...settlement, fee: 4n })).not.toBe(checksum(settlement));
  });
});
