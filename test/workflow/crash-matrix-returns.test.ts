import { expect } from 'vitest';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { noticeOf } from '../support/notifications.ts';
import { BATCH, Client, expectCountsAddUp, expectSoundEnd, finish, requestFor } from '../support/scenario.ts';
import { World } from '../support/world.ts';

const database = await givenADatabase();

/** The first payout is returned, with two notifications; a notification of a part of the second one matches no payout; the third one is in another chunk. */
await crashMatrix('the rail gives money back', {
  async play(plan) {
    const world = await World.open(database, { settings: { PAYOUT_CHUNK_SIZE: 2 }, plans: [plan] });
    return world.during(async () => {
      const client = new Client(world);
      world.observers.push(async () => void (await expectCountsAddUp(world)));
      await world.play(async () => {
        await client.create(requestFor(3));
        await finish(world);
        const payouts = await world.deps.chunks.readPayouts(BATCH, 1);
        const [first, second] = payouts.map(noticeOf);
        if (!first || !second) throw new Error('two payouts');
        world.hasReturns = true;
        plan.arm();
        await client.notify(first, 'R-1');
        await client.notify(first, 'R-2');
        await client.notify({ ...second, money: { ...second.money, minor: 1n } }, 'R-3');
        await world.clock.sleep(120_000);
      });
      await expectSoundEnd(world);
      const { batch, counts } = await readBatch(world.deps, BATCH);
      expect([batch.status, counts.completed, counts.returned]).toEqual(['completed', 2, 1]);
      const of = async (status: 'waiting' | 'applied' | 'dead_letter') =>
        (await world.deps.notifications.list(status, { limit: 10 })).items.map(({ id }) => id).sort();
      expect([await of('waiting'), await of('applied'), await of('dead_letter')]).toEqual([
        [],
        ['R-1', 'R-2'],
        ['R-3'],
      ]);
      const events = (await world.events()).map(({ type }) => type);
      expect(events.filter((type) => /^(payout|notification)\./.test(type)).sort()).toEqual([
        'notification.dead_lettered',
        'payout.returned',
      ]);
    });
  },
});
