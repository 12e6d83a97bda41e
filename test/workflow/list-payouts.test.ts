import { describe, expect, it } from 'vitest';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { PAYOUT_STATUSES, type PayoutStatus } from '../../lib/payouts/payout.ts';
import { listPayouts, readAllPayouts, readBatch, readPayout } from '../../lib/payouts/read-batches.ts';
import { givenADatabase } from '../support/database.ts';
import { BATCH, finish, inWorld, once, requestFor, workUntil } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 5 };
const TOTAL = 23;
const everyone = Array.from({ length: TOTAL }, (_, index) => `vendor-${index + 1}`);

/** Reads every page, by number and by cursor. @returns external ids with statuses, and the totals that the pages report */
async function turnPages(world: World, limit: number, status?: PayoutStatus) {
  const shown: [string, PayoutStatus][] = [];
  const totals = new Set<number>();
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    const read = (where: object) => listPayouts(world.deps, BATCH, { status, limit, ...where });
    const found = await read({ page });
    if (page > 1) expect(cursor === undefined ? [] : (await read({ cursor })).payouts).toEqual(found.payouts);
    totals.add(found.totalCount);
    shown.push(...found.payouts.map(({ payout, status }): [string, PayoutStatus] => [payout.externalId, status]));
    expect(found.payouts.length).toBeLessThanOrEqual(limit);
    if (found.payouts.length === 0) return { shown, totals: [...totals] };
    cursor = found.cursor;
  }
}

describe.concurrent('the pages of a batch', () => {
  it('show each payout once and in the same order at any time, with the exact total', { timeout: 30_000 }, () =>
    inWorld(database, { settings, workers: 2 }, async (world, client) => {
      await world.setBank({ mode: 'random', seed: 3 });
      await client.create(requestFor(TOTAL, { autoStart: false }));
      world.observers.push(async (what) => {
        if (!what.startsWith('commitOutcomes')) return;
        const { shown, totals } = await turnPages(world, 7);
        expect(shown.map(([externalId]) => externalId)).toEqual(everyone);
        expect(totals).toEqual([TOTAL]);
      });
      await client.start();
      await finish(world);
    }),
  );

  it.for([1, 3, 5, 7, 23, 100])('of %i, filtered by status, contain as many payouts as the counts state', (pageSize) =>
    inWorld(database, { settings }, async (world, client) => {
      await world.setBank({ mode: 'random', seed: 3 });
      once(world, 'commitOutcomes 2', () => world.setBank({ mode: 'garbage', lookups: 'down' }));
      world.hasWorkers = false;
      await client.create(requestFor(TOTAL));
      world.hasWorkers = true;
      await world.clock.sleep(1_000);
      world.hasWorkers = false;
      await world.clock.sleep(30_000);
      await world.queue.send([{ batchId: BATCH, chunk: 5, run: 1 }]);

      const { counts } = await readBatch(world.deps, BATCH);
      const all = await turnPages(world, pageSize);
      expect(all.shown.map(([externalId]) => externalId)).toEqual(everyone);
      for (const status of PAYOUT_STATUSES) {
        const { shown, totals } = await turnPages(world, pageSize, status);
        expect(totals).toEqual([counts[status]]);
        expect(shown).toEqual(all.shown.filter(([, shownAs]) => shownAs === status));
      }
    }),
  );

  it('show the payouts of a crashed worker as processing, in the list and in the counts', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      world.hasRecovery = false;
      await client.create(requestFor(TOTAL));
      await workUntil(world, 'after', 'send b.0001.000001.1');
      await world.clock.sleep(60_000);
      const { counts, payouts } = await readAllPayouts(world.deps, BATCH);
      expect(counts).toMatchObject({ processing: 5, pending: 18 });
      expect(payouts.filter(({ status }) => status === 'processing')).toHaveLength(5);
      expect(await readPayout(world.deps, 'b.0001.000001')).toMatchObject({ status: 'processing' });
      expect(await readPayout(world.deps, 'b.0002.000006')).toMatchObject({ status: 'pending' });
    }));

  it('agree with the counts while a worker waits under its lease for the next attempt', () =>
    inWorld(database, { settings }, async (world, client) => {
      let looks = 0;
      world.observers.push(async (what) => {
        if (what !== 'sleep') return;
        looks += 1;
        const { counts, payouts } = await readAllPayouts(world.deps, BATCH);
        for (const status of PAYOUT_STATUSES) {
          expect(payouts.filter((payout) => payout.status === status)).toHaveLength(counts[status]);
        }
      });
      await world.setBank({ mode: 'declined', code: 'RATE_LIMITED' });
      await client.create(requestFor(5));
      await finish(world);
      expect(looks).toBeGreaterThan(0);
    }));

  it('beyond the last are empty; an unknown batch or payout is not found', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(3, { autoStart: false }));
      expect(await listPayouts(world.deps, BATCH, { page: 9, limit: 50 })).toEqual({ payouts: [], totalCount: 3 });
      const forged = listPayouts(world.deps, BATCH, { cursor: 'eA', limit: 50 });
      await expect(forged).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
      const missing = listPayouts(world.deps, 'no-such-batch' as BatchId, { page: 1, limit: 50 });
      await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
      for (const id of ['b.0001.000004', 'b.0002.000001', 'b', '', 'b.1.1', '../b.0001.000001']) {
        await expect(readPayout(world.deps, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
    }));
});

describe.concurrent('the list of batches', () => {
  it('shows each batch once, the newest first, at any page size', () =>
    inWorld(database, { settings }, async (world, client) => {
      for (let number = 1; number <= 7; number += 1) {
        await client.create(requestFor(1, { batchId: `batch-${number}`, autoStart: false }));
        if (number % 2 === 0) await world.clock.sleep(10); // pairs share a creation time
      }
      const ids: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await world.deps.batches.list({ limit: 2, cursor });
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
      expect(ids).toEqual([7, 6, 5, 4, 3, 2, 1].map((number) => `batch-${number}`));
      await expect(world.deps.batches.list({ limit: 2, cursor: 'nonsense' })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      });
    }));
});
