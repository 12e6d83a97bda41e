import { describe, expect, it } from 'vitest';
import { readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { givenADatabase } from '../support/database.ts';
import { BATCH, expectSoundEnd, finish, inWorld, once, requestFor, workOnce } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 3 };

/** The worker pauses for longer than its lease lasts, and another one takes the chunk over. */
async function freezeAndBeTakenOver(world: World): Promise<void> {
  world.clock.jump(11_000);
  await world.queue.send([{ batchId: BATCH, chunk: 1, run: 1 }]);
  await workOnce(world);
}

describe.concurrent('a worker that loses its lease', () => {
  it('after paying writes nothing: its successor has looked up and written all outcomes', () =>
    inWorld(database, { settings }, async (world, client) => {
      let written: unknown;
      once(world, 'commitOutcomes 1', async () => {
        await freezeAndBeTakenOver(world);
        written = await readAllPayouts(world.deps, BATCH);
      });
      await client.create(requestFor(3));
      await finish(world);
      expect(world.results).toMatchObject([{ result: 'worked', completed: 3 }, { result: 'lost_lease' }]);
      expect(await readAllPayouts(world.deps, BATCH)).toEqual(written);
      await expectSoundEnd(world, 1);
    }));

  it('before paying sends nothing', () =>
    inWorld(database, { settings }, async (world, client) => {
      once(world, 'send b.0001.000001.1', () => freezeAndBeTakenOver(world));
      await client.create(requestFor(3));
      await finish(world);
      expect(world.results).toMatchObject([{ result: 'worked', completed: 3 }, { result: 'lost_lease' }]);
      await expectSoundEnd(world, 1);
    }));

  it('while it waits for a free place among its calls sends nothing', () =>
    inWorld(database, { settings: { ...settings, BANK_MAX_IN_FLIGHT: 1 } }, async (world, client) => {
      let looks = 0;
      world.observers.push(async (what) => {
        if (what === 'readState' && ++looks === 3) await freezeAndBeTakenOver(world); // before the second payout
      });
      await client.create(requestFor(3));
      await finish(world);
      expect(world.results.map(({ result }) => result)).toEqual(['worked', 'lost_lease']);
      await expectSoundEnd(world, 1);
    }));

  it.each([
    ['because it expired', 11_000],
    ['because less than one call is left of it', 5_500], // 10 s lease, 4 s call, 1 s margin
  ])('%s may still write, but not send', (_why, delay) =>
    inWorld(database, { settings }, async (world, client) => {
      once(world, 'send b.0001.000001.1', async () => world.clock.jump(delay));
      await client.create(requestFor(3));
      await finish(world);
      expect(world.results).toMatchObject([
        { result: 'worked', completed: 0, open: 3 },
        { result: 'worked', completed: 3 },
      ]);
      await expectSoundEnd(world, 1);
    }),
  );
});

describe.concurrent('a second worker', () => {
  it('returns the message of a leased chunk until the lease ends', () =>
    inWorld(database, { settings }, async (world, client) => {
      once(world, 'commitOutcomes 1', async () => {
        await world.queue.send([{ batchId: BATCH, chunk: 1, run: 1 }]);
        await workOnce(world);
      });
      await client.create(requestFor(3));
      await finish(world);
      await world.clock.sleep(20_000);
      expect(world.results).toMatchObject([
        { result: 'requeued', why: 'held' },
        { result: 'worked', completed: 3 },
        { result: 'dropped', why: 'not_in_progress' },
      ]);
      await expectSoundEnd(world, 1);
    }));
});
