import { describe, expect, it } from 'vitest';
import type { Currency } from '../../lib/kernel/money.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { THROUGHPUT } from '../../lib/payouts/items.ts';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { readOverview } from '../../lib/payouts/read-overview.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { BATCH, finish, inWorld, pass, requestFor } from '../support/scenario.ts';

const database = await givenADatabase();

describe('the overview of payouts', () => {
  it('counts what is under way, with its money and the oldest unknown payout, and nothing afterwards', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 5 } }, async (world, client) => {
      const empty = await readOverview(world.deps);
      expect([empty.open.length, empty.inFlight.size, empty.oldestUnknown]).toEqual([0, 0, undefined]);

      await world.setBank({ mode: 'garbage', lookups: 'down' });
      await client.create(requestFor(12));
      await world.clock.sleep(5_000);
      const [overview, { batch, counts }] = [await readOverview(world.deps), await readBatch(world.deps, BATCH)];
      expect(counts.unknown).toBeGreaterThan(0);
      expect(overview).toMatchObject({ isWhole: true, counts });
      expect(overview.open).toMatchObject([{ batch: { id: BATCH, status: 'in_progress' }, counts }]);
      expect(overview.inFlight).toEqual(batch.amounts);
      expect(overview.oldestUnknown).toMatchObject({ status: 'unknown' });

      await world.setBank({ mode: 'happy', lookups: 'ok' });
      await finish(world);
      const after = await readOverview(world.deps);
      expect([after.open.length, after.inFlight.size, after.oldestUnknown]).toEqual([0, 0, undefined]);
    }));

  it('counts what workers commit in each minute, and their money, for an hour', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 5 } }, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'INVALID_BANK_ACCOUNT' });
      await client.create(requestFor(3, { batchId: 'refused' as BatchId }));
      await finish(world, 'refused' as BatchId);
      await world.clock.sleep(2 * 60_000);
      await world.setBank({ mode: 'happy' });
      await client.create(requestFor(12));
      await finish(world);
      const { throughput } = await readOverview(world.deps);
      expect(throughput.minutes).toMatchObject([
        { completed: 0, failed: 3, paid: new Map() },
        { completed: 12, failed: 0, cancelled: 0, returned: 0 },
      ]);
      expect(throughput.paid).toEqual((await readBatch(world.deps, BATCH)).batch.amounts);
      expect(throughput.until >= (throughput.minutes[1]?.at ?? '')).toBe(true);

      await pass(world, 60 * 60_000);
      expect((await readOverview(world.deps)).throughput).toMatchObject({ minutes: [], paid: new Map() });
    }));

  it('counts every chunk, though those that end at the same time share writes', () => {
    const dynamo = documentClient();
    let writes = 0;
    dynamo.middlewareStack.add(
      (next) => async (args) => {
        const { Key, UpdateExpression } = args.input as { Key?: { pk: unknown }; UpdateExpression?: string };
        if (Key?.pk === THROUGHPUT && UpdateExpression) writes += 1;
        return next(args);
      },
      { step: 'initialize' },
    );
    return inWorld(database, { dynamo }, async ({ deps: { throughput }, clock }) => {
      const now = clock.now();
      const ended = { completed: 3, failed: 1, cancelled: 0, returned: 0, paid: new Map([['IDR' as Currency, 7n]]) };
      await Promise.all(Array.from({ length: 40 }, () => throughput.add(now, ended)));
      const minutes = await throughput.read(now);
      expect(minutes).toMatchObject([{ completed: 120, failed: 40, paid: new Map([['IDR', 280n]]) }]);
      expect(writes).toBe(2); // of the first chunk, and of all that ended meanwhile
    });
  });

  it('pays a chunk whose counters cannot be written', () => {
    const dynamo = documentClient();
    dynamo.middlewareStack.add(
      (next) => async (args) => {
        const { Key } = args.input as { Key?: { pk: unknown } };
        if (Key?.pk === THROUGHPUT) throw new Error('throttled');
        return next(args);
      },
      { step: 'initialize' },
    );
    return inWorld(database, { dynamo }, async (world, client) => {
      await client.create(requestFor(4));
      await finish(world);
      expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(4);
      expect((await readOverview(world.deps)).throughput.minutes).toEqual([]);
    });
  });

  it('names the chunk that waits for the longest time for a worker', () =>
    inWorld(database, { workers: 0 }, async (world, client) => {
      await client.create(requestFor(4));
      const { startedAt = '' } = (await readBatch(world.deps, BATCH)).batch;
      await world.clock.sleep(90_000);
      const { oldestWaiting } = await readOverview(world.deps);
      expect(oldestWaiting).toEqual({ batchId: BATCH, chunk: 1, since: Date.parse(startedAt) });
    }));
});
