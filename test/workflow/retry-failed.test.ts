import { describe, expect, it } from 'vitest';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { readAllPayouts, readBatch } from '../../lib/payouts/read-batches.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  type Client,
  expectQuiet,
  expectSoundEnd,
  finish,
  givenASlowRetry,
  inWorld,
  once,
  reach,
  requestFor,
  watch,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };

/** Chunk 1 fails permanently; chunk 2 uses up its attempts and can be retried. */
async function givenFailures(world: World, client: Client): Promise<void> {
  await world.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
  once(world, 'commitOutcomes 1', () => world.setBank({ code: 'INSUFFICIENT_FUNDS' }));
  await client.create(requestFor(4));
  await finish(world);
  expect((await readBatch(world.deps, BATCH)).counts.failed).toBe(4);
}

async function payoutsOf(world: World) {
  return (await readAllPayouts(world.deps, BATCH)).payouts.map(({ payout }) => payout);
}

describe.concurrent('retry-failed', () => {
  it('re-opens retryable failures with fresh attempts, and leaves permanent failures unchanged', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenFailures(world, client);
      const before = await payoutsOf(world);
      expect(before.map(({ attempts }) => attempts)).toEqual([1, 1, 3, 3]);
      watch(world);

      expect(await client.retryFailed()).toMatchObject({ reopened: 2, batch: { status: 'in_progress', run: 2 } });
      await finish(world);
      const again = await payoutsOf(world);
      expect(again.slice(0, 2)).toEqual(before.slice(0, 2));
      expect(again.slice(2)).toMatchObject([
        { status: 'failed', attempts: 3, reference: 'b.0002.000003.6' },
        { status: 'failed', attempts: 3, reference: 'b.0002.000004.6' },
      ]);
      await expectSoundEnd(world, 6);

      await world.setBank({ mode: 'happy' });
      await client.retryFailed();
      await finish(world);
      expect((await payoutsOf(world)).map(({ status }) => status)).toEqual([
        'failed',
        'failed',
        'completed',
        'completed',
      ]);
      await expectQuiet(world);
      await expectSoundEnd(world, 7);
    }));

  it('re-opens only failures of the given reasons, also if it died; the others can be re-opened later', () =>
    inWorld(database, { settings: { ...settings, BANK_MAX_IN_FLIGHT: 1 } }, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await client.create(requestFor(4));
      world.observers.push(async (what) => {
        if (what.startsWith('send b.0002')) await world.setBank({ code: 'RATE_LIMITED' });
        if (what.startsWith('send b.0001')) await world.setBank({ code: 'INSUFFICIENT_FUNDS' });
      });
      await finish(world);
      const codes = async () =>
        (await payoutsOf(world)).map((payout) => ('failure' in payout ? payout.failure.code : payout.status));
      const [first, third] = ['INSUFFICIENT_FUNDS', 'RATE_LIMITED'];
      expect(await codes()).toEqual([first, first, third, third]);
      await world.setBank({ mode: 'happy' });

      expect(await client.retryFailed('ACCOUNT_BLOCKED')).toMatchObject({ reopened: 0, batch: { run: 1 } });
      await world.dieAt('before', 'reopen 1', (deps) => retryFailed(deps, BATCH, new Set([first])));
      await finish(world);
      expect(await codes()).toEqual(['completed', 'completed', third, third]);
      await expectQuiet(world);

      expect(await client.retryFailed(first)).toMatchObject({ reopened: 0, batch: { run: 2 } });
      expect(await client.retryFailed(first, third)).toMatchObject({ reopened: 2 });
      await finish(world);
      expect(await codes()).toEqual(['completed', 'completed', 'completed', 'completed']);
      await expectQuiet(world);
      await expectSoundEnd(world, 6);
      const retried = (await world.events()).filter(({ type }) => type === 'batch.retried');
      expect(retried.map(({ data }) => [data.retryable_count, data.codes])).toEqual([
        [2, first],
        [2, `${first},${third}`],
      ]);
    }));

  it('re-opens once when called twice at once', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenFailures(world, client);
      await world.setBank({ mode: 'happy' });
      const answers = await Promise.all([client.retryFailed(), client.retryFailed(), client.retryFailed()]);
      expect(answers.filter((answer) => 'reopened' in answer)).toHaveLength(1);
      expect(answers.filter((answer) => 'code' in answer && answer.code === 'INVALID_STATE')).toHaveLength(2);
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 4);
      expect((await world.deps.batches.read(BATCH))?.run).toBe(2);
    }));

  it('changes nothing without retryable failures', () =>
    inWorld(database, { settings }, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
      await client.create(requestFor(2));
      await finish(world);
      const before = await world.deps.batches.read(BATCH);
      expect(await client.retryFailed()).toMatchObject({ reopened: 0, batch: { status: 'failed', run: 1 } });
      expect(await world.deps.batches.read(BATCH)).toEqual(before);
    }));

  it('is refused while the batch runs, and for an unknown batch', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      expect(await client.retryFailed()).toMatchObject({ code: 'INVALID_STATE' });
      await client.start();
      expect(
        await client.insist('retry-failed', (deps) => retryFailed(deps, 'no-such-batch' as BatchId)),
      ).toMatchObject({ code: 'NOT_FOUND' });
      await finish(world);
    }));

  it('pays every re-opened payout after a stop and a start in between', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenFailures(world, client);
      await world.setBank({ mode: 'happy' });
      once(world, 'endReopening', () => client.stop());
      await client.retryFailed();
      await reach(world, (status) => status === 'stopped');
      const stopped = await world.arrivals();
      await world.clock.sleep(180_000);
      expect(await world.arrivals()).toBe(stopped);
      await client.start();
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 4);
      expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(2);
    }));

  it('re-opens nothing twice when recovery took over from a slow request', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenFailures(world, client);
      await world.setBank({ mode: 'happy' });
      once(world, 'reopen 2', async () => {
        world.clock.jump(40_000);
        await world.recoverNow();
      });
      await client.retryFailed();
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 4);
      expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(2);
    }));

  it('re-opens nothing twice when recovery has read in a later run what a slow request re-opens', () =>
    inWorld(database, { settings: { PAYOUT_MAX_ATTEMPTS: 1 } }, async (world, client) => {
      const resume = await givenASlowRetry(world, client);
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      await client.start();
      once(world, 'reopen 1', resume);
      world.clock.jump(40_000);
      await world.recoverNow();
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world);
      expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(3);
    }));
});
