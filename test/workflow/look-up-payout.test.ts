import { describe, expect, it } from 'vitest';
import { LATE_CALL_MS } from '../../lib/config.ts';
import { invariant } from '../../lib/kernel/errors.ts';
import { unknownSince } from '../../lib/payouts/payout.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  type Client,
  expectSoundEnd,
  finish,
  inWorld,
  killByPoison,
  reach,
  requestFor,
  statusesOf,
  workOnce,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const AN_HOUR_MS = 3_600_000;
const place = { batchId: BATCH, chunk: 1, position: 1 };
/** Pauses between look-ups are long, so that an earlier one is seen. */
const settings = { PAYOUT_CHUNK_SIZE: 2, PAYOUT_RETRY_BASE_DELAY_MS: 600_000, PAYOUT_RETRY_MAX_DELAY_MS: 600_000 };

/** Two payouts whose only call has no known outcome. No worker runs. */
async function givenUnknown(world: World, client: Client): Promise<void> {
  world.hasWorkers = false;
  await world.setBank({ mode: '500', lookups: 'down' });
  await client.create(requestFor(2));
  await workOnce(world);
  await world.setBank({ mode: 'happy', lookups: 'ok' });
}

async function stored(world: World) {
  const found = await world.deps.chunks.readPayout(place);
  invariant(found, 'the payout is stored');
  return found;
}

const requested = async (world: World) =>
  (await world.events()).filter(({ type }) => type === 'payout.look_up_requested').length;

describe.concurrent('a look-up that a person asks for', () => {
  it('is done at once, but not before the last call can no longer arrive', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenUnknown(world, client);
      const { payout, chunk } = await stored(world);
      const arrivedBy = Date.parse(payout.updatedAt) + LATE_CALL_MS;
      expect(chunk.dueAt).toBeGreaterThan(arrivedBy + 60_000);

      expect(await client.lookUp(1, 1)).toMatchObject({ dueAt: expect.closeTo(arrivedBy, -3) });
      expect((await stored(world)).chunk.dueAt).toBeGreaterThanOrEqual(arrivedBy);
      world.hasWorkers = true;
      const isKnown = async () => !(await statusesOf(world)).includes('unknown');
      await world.until(isKnown, LATE_CALL_MS + 5_000, async () => 'still unknown');

      await finish(world, BATCH, AN_HOUR_MS);
      await expectSoundEnd(world, 2);
    }));

  it('is asked for once in each round, and leaves at most one more message', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenUnknown(world, client);
      const [first] = await Promise.all([client.lookUp(1, 1), client.lookUp(1, 2), client.lookUp(1, 1)]);
      expect(await client.lookUp(1, 1)).toEqual(first);
      expect(await requested(world)).toBe(1);
      expect(world.queue.messages).toHaveLength(2);

      await world.clock.sleep(LATE_CALL_MS + 1_000);
      await world.setBank({ lookups: 'down' });
      await workOnce(world);
      await client.lookUp(1, 1);
      expect(await requested(world)).toBe(2);
      await world.setBank({ lookups: 'ok' });
      world.hasWorkers = true;
      await finish(world, BATCH, AN_HOUR_MS);
      await expectSoundEnd(world, 2);
    }));

  it('changes nothing while a worker holds the chunk', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenUnknown(world, client);
      const { chunk } = await stored(world);
      const held = await world.deps.chunks.lease({
        ...place,
        run: 1,
        lease: { owner: 'worker', until: chunk.dueAt + 60_000 },
        now: chunk.dueAt,
      });
      expect(held.kind).toBe('leased');
      expect(await client.lookUp(1, 1)).toMatchObject({ payout: { status: 'unknown' } });
      expect(await requested(world)).toBe(0);
      expect(world.queue.messages).toHaveLength(1);
    }));

  it('is refused for a payout whose outcome is known, in a stopped batch, and for a dead letter', () =>
    inWorld(database, {}, async (world, client) => {
      await givenUnknown(world, client);
      world.clock.jump(60_000);
      await killByPoison(world);
      expect(await client.lookUp(1, 1)).toMatchObject({
        code: 'INVALID_STATE',
        message: expect.stringMatching('redrive'),
      });
      await client.redrive();
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      expect(await client.lookUp(1, 1)).toMatchObject({
        code: 'INVALID_STATE',
        message: expect.stringMatching('stopped'),
      });
      await client.start();
      world.hasWorkers = true;
      await finish(world);
      expect(await client.lookUp(1, 1)).toMatchObject({
        code: 'INVALID_STATE',
        message: expect.stringMatching('completed'),
      });
      expect(await client.lookUp(1, 9)).toMatchObject({ code: 'NOT_FOUND' });
    }));
});

describe.concurrent('an unknown payout', () => {
  it('says since when, also after look-ups without an answer, and those unknown for longest are listed first', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await world.setBank({ mode: '500', lookups: 'down' });
      await client.create(requestFor(3));
      await workOnce(world);
      await world.clock.sleep(30_000);
      await workOnce(world);
      const { payout } = await stored(world);
      const since = unknownSince(payout);
      expect(since).toBe(payout.updatedAt);

      await client.lookUp(1, 1);
      await workOnce(world);
      const later = (await stored(world)).payout;
      expect(later.updatedAt > `${since}`).toBe(true);
      expect(unknownSince(later)).toBe(since);
      const listed = await world.deps.index.list('unknown', { limit: 10 });
      expect(listed.items.map(({ id }) => id)).toEqual(['b.0001.000001', 'b.0001.000002', 'b.0002.000003']);
    }));
});
