import { describe, expect, it } from 'vitest';
import { deadChunks } from '../../lib/payouts/dead-chunks.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { batchView } from '../../lib/payouts/view.ts';
import { recordDeadLetter } from '../../lib/recovery/index.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  expectQuiet,
  expectSoundEnd,
  expectStuckOn,
  finish,
  inWorld,
  killByPoison,
  once,
  reach,
  requestFor,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };
const markDead = async ({ deps }: World) => {
  await recordDeadLetter(
    deadChunks(deps),
    { batchId: BATCH, chunk: 1, run: 1 },
    { messageId: 'message-1', receives: 5 },
  );
};

describe.concurrent('a chunk whose message is in the dead-letter queue', () => {
  it('is shown with its batch, skipped by recovery and start, and paid after a redrive', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(6));
      await killByPoison(world);
      world.hasWorkers = true;
      await expectStuckOn(world, 1);
      expect(batchView(await readBatch(world.deps, BATCH))).toMatchObject({
        status: 'in_progress',
        counts: { pending: 2, completed: 4 },
        dead_letters: [
          { chunk: 1, receives: 5, message_id: 'message-1', at: expect.stringMatching(/^2026-01-01T00:1/) },
        ],
      });
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      await client.start();
      await expectStuckOn(world, 1);

      expect(await client.redrive()).toEqual([1]);
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
      expect(batchView(await readBatch(world.deps, BATCH)).dead_letters).toEqual([]);
    }));

  it('is redriven by the next start of a stopped batch', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await killByPoison(world);
      await client.stop();
      expect(await client.redrive()).toEqual([1]);
      expect(world.queue.messages).toEqual([]);
      await client.start();
      world.hasWorkers = true;
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('is no longer marked once a worker completes it after all', () =>
    inWorld(database, { settings }, async (world, client) => {
      once(world, 'commitOutcomes 1', () => markDead(world));
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await client.create(requestFor(2));
      await finish(world);
      await world.setBank({ mode: 'happy' });
      await client.retryFailed();
      await finish(world);
      await expectSoundEnd(world, 4);
    }));

  it('is not marked when its message arrives there after everything is paid', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2));
      await finish(world);
      await markDead(world);
      await expectSoundEnd(world, 1);
    }));

  it('cannot be redriven in an unknown batch; without dead letters a redrive does nothing', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2));
      await finish(world);
      expect(await client.redrive()).toEqual([]);
      expect(await client.redrive('no-such-batch' as BatchId)).toMatchObject({ code: 'NOT_FOUND' });
      await expectQuiet(world);
    }));
});
