import { describe, expect, it } from 'vitest';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { sweepReturns } from '../../lib/payouts/sweep-returns.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { expectApplied, givenPaid } from '../support/returned-payouts.ts';
import { inWorld, requestFor, statusesOf } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 3, RETURN_SWEEP_DAYS: 5 };

describe.concurrent('the sweep', () => {
  const sweep = ({ deps }: World) => recoverAll(sweepReturns, deps);

  it('finds what the bank gave back in the last days, whole and in part, and asks for nothing else', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenPaid(world, client, 5);
      expect((await sweep(world)).done).toEqual({ looked_up: 5 });
      await world.giveBack('b.0001.000001.1');
      await world.giveBack('b.0002.000004.1', { amount_minor: '17' });
      expect((await sweep(world)).done).toEqual({ looked_up: 5, given_back: 2 });
      expect(await statusesOf(world)).toEqual(['returned', ...Array(4).fill('completed')]);
      expect((await sweep(world)).done).toEqual({ looked_up: 4, given_back: 1 });
      await expectApplied(world, ['AMOUNT_DIFFERS']);

      world.clock.jump(5 * 24 * 60 * 60_000);
      expect((await sweep(world)).found).toBe(0);
    }));

  it('is off by default', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 3 } }, async (world, client) => {
      await givenPaid(world, client);
      await world.giveBack('b.0001.000001.1');
      expect(await sweep(world)).toEqual({ found: 0, failed: 0, left: 0, done: {} });
    }));

  it('skips batches that never started', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false, batchId: 'never' as BatchId }));
      expect((await sweep(world)).found).toBe(0);
    }));
});
