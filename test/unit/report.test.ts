import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../lib/edge/http.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import { reportCsv, reportJson } from '../../lib/payouts/report.ts';
import { masked, payoutView } from '../../lib/payouts/view.ts';
import { aBatch, aChunk, aPayout, currency } from '../support/builders.ts';

const shown = (...payouts: Payout[]) => payouts.map((payout) => ({ payout, status: payout.status }));
const failed = (code: string, retryable: boolean, minor = 100n) =>
  aPayout({
    status: 'failed',
    money: { minor, currency: currency('IDR') },
    failure: { code, message: 'no', retryable },
  });
const report = (...payouts: Payout[]) => {
  const chunks = [aChunk({ ...totalsOf(payouts), size: payouts.length })];
  const batch = aBatch({ total: payouts.length });
  return reportJson({
    batch,
    chunks,
    counts: totalsOf(payouts).counts,
    payouts: shown(...payouts),
    duplicates: [],
    rejected: [],
  });
};
const csvOf = (...payouts: Payout[]) => reportCsv({ payouts: shown(...payouts), duplicates: [] });
/** The JSON that a client reads. */
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('the report as CSV', () => {
  it('has one line per payout, in the order of the request', () => {
    const paid = aPayout({ status: 'completed', bankId: 'bank-1', attempts: 1 });
    expect(csvOf(paid, failed('ACCOUNT_BLOCKED', false)).split('\n')).toEqual([
      'payout_id,external_id,payee_id,payee_name,amount,currency,destination,bank_name,status,attempts,reference,bank_id,failure_code,updated_at,duplicate_of',
      'batch.0001.000001,vendor-1,vendor-1,Toko Maju,150000.50,IDR,****7890,BCA,completed,1,batch.0001.000001.1,bank-1,,2026-11-20T10:00:00.000Z,',
      'batch.0001.000001,vendor-1,vendor-1,Toko Maju,1.00,IDR,****7890,BCA,failed,0,batch.0001.000001.1,,ACCOUNT_BLOCKED,2026-11-20T10:00:00.000Z,',
      '',
    ]);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '=HYPERLINK("http://x","y")'])(
    'shows %s as text, so that no spreadsheet runs it',
    (name) => {
      const csv = csvOf(aPayout({ externalId: name, payee: { id: name, name } }));
      const [, line = ''] = csv.split('\n');
      expect(line).toContain(`'${name[0]}`);
      expect(line).not.toMatch(/(^|,)"?[=+@-]/);
    },
  );

  it('keeps commas, quotes and letters of every script in their field', () => {
    const csv = csvOf(aPayout({ payee: { id: 'v', name: 'Nguyễn "Ba", 株式会社' } }));
    expect(csv).toContain(',"Nguyễn ""Ba"", 株式会社",');
  });

  it('never shows an account number or a PIX key', () => {
    const pix = aPayout({ destination: { type: 'pix', pixKey: '+5511987654321' } });
    const csv = csvOf(aPayout(), pix);
    expect(csv).not.toMatch(/1234567890|5511987654321/);
    expect(csv).toContain(',****4321,');
  });
});

describe('the report as JSON', () => {
  it('groups failures by code, the most frequent first', () => {
    const body = json(report(failed('B', true), failed('A', false, 250n), failed('B', true), aPayout()));
    expect(body.failures_by_code).toEqual([
      { code: 'B', count: 2, retryable: true, totals: [{ amount: 2, amount_minor: 200, currency: 'IDR' }] },
      { code: 'A', count: 1, retryable: false, totals: [{ amount: 2.5, amount_minor: 250, currency: 'IDR' }] },
    ]);
    expect(body).toMatchObject({ retryable_failures: 2, counts: { failed: 3, pending: 1 }, failures_omitted: 0 });
    expect(body.failures).toHaveLength(3);
  });

  it('has each payout in short, in the order of the request, and the numbers of the document that it replaces', () => {
    const paid = aPayout({ status: 'completed', bankId: 'bank-1', externalId: 'v-1' });
    const body = json(report(paid, failed('A', false, 250n), aPayout({ externalId: 'v-3' })));
    expect(body).toMatchObject({ processed: 2, successful: 1, failed: 1, duplicates: 0, details_omitted: 0 });
    expect(body.details).toEqual([
      { external_id: 'v-1', status: 'completed', amount_cents: 15_000_050 },
      { external_id: 'vendor-1', status: 'failed', amount_cents: 250 },
      { external_id: 'v-3', status: 'pending', amount_cents: 15_000_050 },
    ]);
    expect(body.statistics).toEqual({
      total: 3,
      ...body.counts,
      success_rate_percent: 50,
      completion_rate_percent: 66.67,
    });
  });

  it('of 15,000 failures with long names fits into an answer, and states how many it omits', () => {
    const long = aPayout({ ...failed('ACCOUNT_BLOCKED', false), externalId: '"'.repeat(128) });
    const body = report(...Array<Payout>(15_000).fill(long));
    for (const list of ['details', 'failures'] as const) {
      expect(body[list].length).toBeGreaterThan(1_000);
      expect(body[list].length + body[`${list}_omitted`]).toBe(15_000);
    }
    expect(body.failures_by_code[0]?.count).toBe(15_000);
    expect(Buffer.byteLength(JSON.stringify({ body: JSON.stringify(body) }))).toBeLessThan(MAX_BODY_BYTES);
  });
});

describe('a payout in the API', () => {
  it('has its amount exactly, in major and in minor units', () => {
    const money = { minor: 9_007_199_254_740_991n, currency: currency('IDR') };
    const text = JSON.stringify(payoutView({ payout: aPayout({ money }), status: 'pending' }));
    expect(text).toContain('"amount":90071992547409.91,"amount_minor":9007199254740991,"currency":"IDR"');
  });

  it('has its destination masked', () => {
    expect(payoutView({ payout: aPayout(), status: 'pending' }).destination).toEqual({
      type: 'bank_account',
      bank_account: '****7890',
      bank_name: 'BCA',
    });
  });

  it.each([
    ['1234567890', '****7890'],
    ['123456789', '****6789'],
    ['12345678', '****'], // four of eight characters would be half of it
    ['123', '****'],
    ['', '****'],
  ])('%j is masked as %s', (secret, expected) => {
    expect(masked(secret)).toBe(expected);
  });
});
