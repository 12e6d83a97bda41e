import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { type BatchRequest, batchRequest } from '../../lib/payouts/batch-request.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import { dryRun } from '../../lib/payouts/dry-run.ts';
import { dryRunView } from '../../lib/payouts/dry-run-view.ts';
import { readAllPayouts, readRejected } from '../../lib/payouts/read-batches.ts';
import { rejectedCsv } from '../../lib/payouts/rejected-csv.ts';
import { reportJson } from '../../lib/payouts/report.ts';
import { fieldsOf } from '../../lib/payouts/request-entry.ts';
import { givenADatabase } from '../support/database.ts';
import { BATCH, Client, finish, inWorld } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };

const vendor = (id: string, changes: object = {}) => ({
  vendor_id: id,
  vendor_name: `Vendor ${id}`,
  amount: 10,
  currency: 'USD',
  bank_account: '7310252528',
  bank_name: 'Bank Mandiri',
  ...changes,
});

const skipping = (payouts: readonly unknown[], changes: object = {}) => ({
  batch_id: BATCH,
  on_invalid: 'skip',
  payouts,
  ...changes,
});

/** A request as the API reads it. */
const parsed = (body: object): BatchRequest => batchRequest.parse(parseExact(JSON.stringify(body)));

async function create(world: World, body: object) {
  const answer = await new Client(world).create(parsed(body));
  if (answer instanceof AppError) throw answer;
  return answer.batch;
}

const csvOf = async (world: World) => {
  const rejected = await readRejected(world.deps, BATCH);
  return rejectedCsv(rejected, { columns: fieldsOf(rejected[0]?.list) });
};
const partsOf = async (world: World) =>
  (await world.items('PAYOUTS_TABLE')).filter(({ pk }) => `${pk}`.endsWith('#REJECTED'));

describe.concurrent('a request that skips invalid entries', () => {
  it('is stored and paid without them; each payout has its place in the request', () =>
    inWorld(database, { settings, workers: 2 }, async (world) => {
      const payouts = [
        vendor('a', { amount: -1 }),
        vendor('b'),
        'no entry',
        vendor('c'),
        vendor('c', { amount: 11 }),
        vendor('d', { unknown: { deep: 1.0 } }),
        vendor('e'),
      ];
      const batch = await create(world, skipping(payouts));
      expect(batch).toMatchObject({ total: 3, invalid: 4, duplicates: 0 });
      await finish(world);
      const whole = await readAllPayouts(world.deps, BATCH);
      expect(whole.batch.status).toBe('completed');
      expect(whole.payouts.map(({ payout }) => [payout.id, payout.payee.id])).toEqual([
        ['b.0001.000002', 'b'],
        ['b.0001.000004', 'c'],
        ['b.0002.000007', 'e'],
      ]);
      expect(reportJson(whole)).toMatchObject({
        invalid_count: 4,
        invalid: [
          { path: 'payouts[0].amount' },
          { path: 'payouts[2]', reason: 'must be an object' },
          { path: 'payouts[4].vendor_id', reason: 'is the same as that of payouts[3]' },
          { path: 'payouts[5].unknown', reason: 'is not a known field' },
        ],
      });
    }));

  it('gets them back as they were sent, with the reasons', () =>
    inWorld(database, { settings }, async (world) => {
      const text = `{"batch_id":"b","on_invalid":"skip","auto_start":false,"payouts":[${JSON.stringify(vendor('ok'))},
        {"vendor_id":"=1+1","vendor_name":"Phở \\ud800","amount":1.10,"currency":"EURO","bank_account":"7310252528","bank_name":"B",
         "transaction_ids":["t1","t2"],"note":{"n":1.00}}, 9007199254740993.0]}`;
      const request = batchRequest.parse(parseExact(text));
      await createBatch(world.deps, request, undefined);
      expect(await readRejected(world.deps, BATCH)).toEqual(request.rejected);
      const [header, first, second] = (await csvOf(world)).trim().split('\n');
      expect(header).toBe(
        'vendor_id,vendor_name,external_id,amount,currency,bank_account,bank_name,transaction_ids,other_fields,reasons',
      );
      expect(first).toMatch(/^'=1\+1,Phở .,,1\.10,EURO,7310252528,B,t1;t2,"\{""note"":\{""n"":1\.00\}\}",/);
      expect(first).toContain('currency is not an ISO 4217 currency; ');
      expect(second).toBe(',,,,,,,,9007199254740993.0,must be an object');
      const parts = await partsOf(world);
      expect(JSON.stringify(parts)).not.toContain('7310252528');
    }));

  it('keeps rows of any size', () =>
    inWorld(database, { settings }, async (world) => {
      const long = vendor('long', { vendor_name: 'ở€'.repeat(50_000) });
      await create(world, skipping([vendor('ok'), long], { auto_start: false }));
      expect((await partsOf(world)).length).toBeGreaterThan(2);
      expect(await readRejected(world.deps, BATCH)).toMatchObject([
        { position: 2, row: { vendor_name: long.vendor_name } },
      ]);
    }));

  it('is another request if its invalid entries are others, and the same if they are equal', () =>
    inWorld(database, { settings }, async (world) => {
      const body = (amount: number) => skipping([vendor('a'), vendor('b', { amount })], { auto_start: false });
      await create(world, body(-1));
      const before = await world.items('PAYOUTS_TABLE');
      expect(await createBatch(world.deps, parsed(body(-1)), undefined)).toMatchObject({ replayed: true });
      await expect(create(world, body(-2))).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
      await expect(create(world, skipping([vendor('a')], { auto_start: false }))).rejects.toMatchObject({
        code: 'IDEMPOTENCY_MISMATCH',
      });
      expect(await world.items('PAYOUTS_TABLE')).toEqual(before);
    }));

  it('names its duplicates by their places in the request', () =>
    inWorld(database, { settings }, async (world) => {
      const entry = (id: string, changes: object = {}) => vendor(`v-${id}`, { external_id: id, ...changes });
      await create(world, skipping([entry('x')], { batch_id: 'first', auto_start: false }));
      const body = skipping([entry('bad', { amount: 0 }), entry('y'), entry('x'), entry('z')], {
        auto_start: false,
        duplicates: 'skip',
      });
      const foretold = dryRunView(await dryRun(world.deps, parsed(body), undefined));
      expect(foretold).toMatchObject({ total_count: 2, invalid_count: 1, duplicates: [{ position: 3 }] });
      expect(await create(world, body)).toMatchObject({ total: 2, duplicates: 1, invalid: 1 });
    }));

  it('leaves none of them if it is refused', () =>
    inWorld(database, { settings }, async (world) => {
      const body = skipping([vendor('a', { external_id: 'x' }), vendor('b', { amount: 0 })], { auto_start: false });
      await create(world, { ...body, batch_id: 'first' });
      await expect(create(world, body)).rejects.toMatchObject({ code: 'DUPLICATE' });
      expect((await partsOf(world)).map(({ pk }) => pk)).toEqual(['BATCH#first#REJECTED']);
    }));
});

describe('what cannot be skipped', () => {
  const problems = (body: object) =>
    batchRequest.safeParse(parseExact(JSON.stringify(body))).error?.issues.map(({ path }) => path.join('.'));

  it('is the request itself, and a request without a valid entry', () => {
    expect(problems(skipping([vendor('a', { amount: 0 }), 7]))).toEqual(['payouts.0.amount', 'payouts.1']);
    expect(problems(skipping([]))).toEqual(['payouts']);
    expect(problems(skipping([vendor('a'), 7], { other: 1 }))).toEqual(['']);
    expect(problems(skipping([vendor('a')], { items: [] }))).toContain('items');
    expect(problems(skipping([vendor('a'), 7], { on_invalid: 'reject_all' }))).toEqual(['payouts.1']);
    expect(problems(skipping([vendor('a'), 7], { on_invalid: 'other' }))).toContain('on_invalid');
  });
});
