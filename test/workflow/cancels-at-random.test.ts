import { describe, expect, it } from 'vitest';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { seededRandom } from '../support/clock.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  type Client,
  cancelledIn,
  expectCountsAddUp,
  expectQuiet,
  expectSoundEnd,
  finish,
  inWorld,
  reach,
  requestFor,
} from '../support/scenario.ts';

const database = await givenADatabase();

/** What clients do at random moments. */
const ACTIONS: readonly ((client: Client, random: () => number) => Promise<unknown>)[] = [
  (client, random) => cancelOne(client, random),
  (client, random) => cancelOne(client, random),
  (client, random) => cancelOne(client, random),
  (client) => client.stop(),
  (client) => client.start(),
  (client) => client.start(),
  (client) => client.retryFailed(),
];
const PAYOUTS = 24;
const cancelOne = (client: Client, random: () => number) => {
  const position = 1 + Math.floor(random() * PAYOUTS);
  return client.cancelPayout(Math.ceil(position / 4), position);
};

describe.concurrent('cancels of payouts and of the batch among starts, stops, retries and workers', () => {
  it.for([1, 2, 3, 4])(
    'leave counts that add up, and no cancelled payout that moved money (seed %d)',
    { timeout: 60_000 },
    (seed) =>
      inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 4 }, workers: 3, seed }, async (world, client) => {
        const random = seededRandom(seed);
        const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
        // After a 500 the outcome is unknown. No mode here needs a deadline, so the machine's speed does not matter.
        await world.setBank({ mode: seed % 2 === 0 ? '500' : 'random', seed });
        await client.create(requestFor(PAYOUTS, { autoStart: false }));
        const cancelAt = Math.floor(random() * 30);
        for (let step = 0; step < 20; step += 1) {
          await Promise.all(Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(ACTIONS)(client, random)));
          if (step === cancelAt) await client.cancel();
          await expectCountsAddUp(world);
          if (random() < 0.5) await world.clock.sleep(Math.floor(random() * 3_000));
        }
        await world.setBank({ mode: 'happy', lookups: 'ok' });
        await reach(world, (status) => status !== 'stopping');
        await client.start();
        await finish(world, 'b' as BatchId, 600_000);
        await expectQuiet(world);
        await expectSoundEnd(world, 12);
        const { payouts } = await readAllPayouts(world.deps, BATCH);
        const cancelled = payouts.filter(({ status }) => status === 'cancelled').map(({ payout }) => payout.id);
        expect(cancelledIn(await world.events())).toEqual(cancelled);
      }),
  );
});
