import { isEqual } from 'es-toolkit';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../lib/kernel/errors.ts';
import { payoutCancelRequested } from '../../lib/payouts/batch-events.ts';
import { givenADatabase } from '../support/database.ts';
import { expectEnd } from '../support/payout-ends.ts';
import {
  BATCH,
  cancelledIn,
  inWorld,
  once,
  PATIENCE_MS,
  REASON,
  reach,
  requestFor,
  statusesOf,
  statusOf,
  workUntil,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };
const oneCallAtATime = { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 };

describe.concurrent('a payout of a batch that stays stopped', () => {
  /** Lets time pass until the payouts have these statuses. Nothing is sent, and the batch is still stopped. */
  async function expectEndStopped(world: World, statuses: readonly string[]): Promise<void> {
    const arrivals = await world.arrivals();
    const shown = () => statusesOf(world);
    await world.until(
      async () => isEqual(await shown(), statuses),
      PATIENCE_MS,
      async () => `${await shown()}`,
    );
    await world.until(
      async () => (await world.deps.batches.listOpen()).length === 0,
      PATIENCE_MS,
      async () => `${await shown()}`,
    );
    expect(await statusOf(world)).toBe('stopped');
    expect(await world.arrivals()).toBe(arrivals);
  }

  it('is cancelled if the cancel comes while it stops, after the last read of its worker', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      once(world, 'readPayouts 1', () => client.stop());
      once(world, 'commitOutcomes 1', async () => {
        expect(await client.cancelPayout(1, 2)).toMatchObject({ payout: { status: 'pending', cancellation: {} } });
      });
      await client.start();
      await reach(world, (status) => status === 'stopped');
      await expectEndStopped(world, ['pending', 'cancelled']);
      expect(cancelledIn(await world.events())).toEqual(['b.0001.000002']);
      await client.start();
      await expectEnd(world, ['completed', 'cancelled']);
    }));

  it('is cancelled if the process of the cancel dies after it stored the request, right before the batch is stopped', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      once(world, 'readPayouts 1', () => client.stop());
      once(world, 'markStopped', async () => {
        const { chunks } = world.deps;
        const [, payout] = await chunks.readPayouts(BATCH, 1);
        invariant(payout, 'it has two payouts');
        const cancellation = { reason: REASON, at: payout.updatedAt };
        await chunks.requestCancel(payout.id, cancellation, payoutCancelRequested(world.deps, payout, REASON));
      });
      await client.start();
      await reach(world, (status) => status === 'stopped');
      await expectEndStopped(world, ['pending', 'cancelled']);
    }));

  it.for([
    ['timeout', 'cancelled'], // the bank never got the call
    ['garbage', 'completed'],
  ] as const)('with an unknown outcome of a %s is looked up, and ends as %s', { timeout: 30_000 }, ([mode, status]) =>
    inWorld(database, { settings: { ...settings, BANK_DEADLINE_MS: 400 } }, async (world, client) => {
      await world.setBank({ mode, lookups: 'down' });
      await client.create(requestFor(2));
      await world.clock.sleep(5_000);
      await client.stop();
      await reach(world, (now) => now === 'stopped');
      expect(await client.cancelPayout(1, 1)).toMatchObject({ payout: { status: 'unknown', cancellation: {} } });
      await world.clock.sleep(120_000);
      expect(await statusesOf(world)).toEqual(['unknown', 'unknown']);
      await world.setBank({ mode: 'happy', lookups: 'ok' });
      await expectEndStopped(world, [status, mode === 'timeout' ? 'retrying' : 'completed']);
    }),
  );

  it('of a dead worker is looked up: paid if the bank paid it, else cancelled', () =>
    inWorld(database, { settings: oneCallAtATime }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'send b.0001.000001.1');
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      await client.cancelPayout(1, 1);
      await client.cancelPayout(1, 2);
      await expectEndStopped(world, ['completed', 'cancelled']);
    }));
});
