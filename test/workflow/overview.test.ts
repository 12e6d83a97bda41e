import { describe, expect, it } from 'vitest';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { readOverview } from '../../lib/payouts/read-overview.ts';
import { givenADatabase } from '../support/database.ts';
import { BATCH, finish, inWorld, requestFor } from '../support/scenario.ts';

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
});
