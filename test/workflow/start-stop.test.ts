import { describe, expect, it } from 'vitest';
import type { Batch } from '../../lib/payouts/batch.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { startBatch } from '../../lib/payouts/start-batch.ts';
import { stopBatch } from '../../lib/payouts/stop-batch.ts';
import { seededRandom } from '../support/clock.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  expectCountsAddUp,
  expectQuiet,
  expectSoundEnd,
  finish,
  inWorld,
  once,
  reach,
  requestFor,
  statusOf,
  workOnce,
  workUntil,
} from '../support/scenario.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };
const UNKNOWN = 'no-such-batch' as BatchId;
const isStopped = (status: Batch['status']) => status === 'stopped';

describe.concurrent('start', () => {
  it('twice at once makes one run and dispatches each chunk once', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(6, { autoStart: false }));
      const answers = await Promise.all([client.start(), client.start()]);
      expect(answers).toMatchObject([
        { status: 'in_progress', run: 1 },
        { status: 'in_progress', run: 1 },
      ]);
      expect(world.queue.messages.map(({ chunk, run }) => [chunk, run])).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ]);
      world.hasWorkers = true;
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('is refused for a finished batch and for an unknown one', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2));
      await finish(world);
      expect(await client.start()).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.start(UNKNOWN)).toMatchObject({ code: 'NOT_FOUND' });
    }));

  it('while stopping resumes at once: the worker of the old run sends nothing more, the new run pays the rest', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(4, { autoStart: false }));
      let resumed: Promise<void> | undefined;
      const resume = async () => {
        await client.stop();
        expect(await client.start()).toMatchObject({ status: 'in_progress', run: 2 });
      };
      // The worker sends both payouts at once, so both wait.
      world.observers.push(async (what) => {
        if (!what.startsWith('send b.0001.')) return;
        resumed ??= resume();
        await resumed;
      });
      await client.start();
      await finish(world);
      expect(world.results).toContainEqual({ result: 'worked', completed: 0, failed: 0, open: 2 });
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));

  it('dispatches only chunks with open payouts', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(4));
      await workOnce(world);
      await client.stop();
      await reach(world, isStopped);
      await client.start();
      expect(world.queue.messages.filter(({ run }) => run === 2)).toEqual([
        { batchId: BATCH, chunk: 2, run: 2, round: 0 },
      ]);
    }));
});

describe.concurrent('stop', () => {
  it('twice gives the same answer twice, also at once', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'lease 1');
      const answers = await Promise.all([client.stop(), client.stop(), client.stop()]);
      expect(answers.map((answer) => (answer as Batch).status)).toEqual(['stopping', 'stopping', 'stopping']);
      await reach(world, isStopped);
      expect(await client.stop()).toMatchObject({ status: 'stopped' });
    }));

  it('is refused for a batch that has finished or never started, and for an unknown one', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      expect(await client.stop()).toMatchObject({ code: 'INVALID_STATE' });
      await client.start();
      await finish(world);
      expect(await client.stop()).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.stop(UNKNOWN)).toMatchObject({ code: 'NOT_FOUND' });
    }));

  it('answers stopping until the last lease is gone', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'lease 1');
      await client.stop();
      await world.clock.sleep(9_000);
      await world.recoverNow();
      expect(await statusOf(world)).toBe('stopping');
      await world.clock.sleep(2_000);
      await world.recoverNow();
      expect(await statusOf(world)).toBe('stopped');
      expect(await world.arrivals()).toBe(0);
    }));

  it('takes effect before every send: a worker that holds a lease sends nothing more', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(4, { autoStart: false }));
      once(world, 'readPayouts 1', () => client.stop());
      await client.start();
      await reach(world, isStopped);
      expect(await world.arrivals()).toBe(0);
      await client.start();
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('and start at the same moment, repeated, leave a batch that completes', () =>
    inWorld(database, { settings, workers: 3 }, async (world, client) => {
      await client.create(requestFor(40));
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([client.stop(), client.start(), client.stop(), client.start()]);
      }
      await reach(world, (status) => status !== 'stopping');
      await client.start();
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));

  it(
    'five times at random in a batch of 1,000: counts always add up, and nothing is sent while stopped',
    { timeout: 60_000 },
    () =>
      inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 25 }, workers: 6 }, async (world, client) => {
        const random = seededRandom(5);
        let sends = 0;
        let stopAt = 0;
        world.observers.push(async (what) => {
          if (!what.startsWith('send ')) return;
          sends += 1;
          if (sends === stopAt) await client.insist('stop', (deps) => stopBatch(deps, BATCH));
        });
        await world.setBank({ mode: 'random', seed: 5 });
        await client.create(requestFor(1_000, { autoStart: false }));

        let isOver = false;
        const poller = (async () => {
          while (!isOver) await expectCountsAddUp(world);
        })();
        for (let stops = 0; stops < 5; stops += 1) {
          stopAt = sends + 30 + Math.floor(random() * 150);
          await client.insist('start', (deps) => startBatch(deps, BATCH));
          await reach(world, isStopped);
          const before = await world.arrivals();
          expect(before).toBeGreaterThan(0);
          await world.clock.sleep(150_000);
          expect(await world.arrivals()).toBe(before);
        }
        await client.start();
        await finish(world);
        await expectQuiet(world);
        isOver = true;
        await poller;
        await expectSoundEnd(world);
      }),
  );
});

describe.concurrent('a message', () => {
  it('of an older run is dropped', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await client.stop();
      await reach(world, isStopped);
      await client.start();
      await workOnce(world);
      expect(world.results.at(-1)).toEqual({ result: 'dropped', why: 'older_run' });
      expect(await world.arrivals()).toBe(0);
      await workOnce(world);
      expect(world.results.at(-1)).toMatchObject({ result: 'worked', completed: 2 });
    }));

  it('for an unknown batch or chunk is dropped', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await world.queue.send([{ batchId: UNKNOWN, chunk: 1, run: 1 }]);
      await workOnce(world);
      await client.create(requestFor(2));
      await workOnce(world);
      await client.create(requestFor(4, { batchId: 'other' }));
      world.queue.loseEverything();
      await world.queue.send([{ batchId: 'other' as BatchId, chunk: 99, run: 1 }]);
      await workOnce(world);
      expect(world.results.map((result) => ('why' in result ? result.why : result.result))).toEqual([
        'unknown_batch',
        'worked',
        'missing',
      ]);
    }));

  it('that is delivered three times, to four workers at once, is processed once', () =>
    inWorld(database, { settings, workers: 4 }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(12));
      for (let times = 0; times < 2; times += 1) {
        await world.queue.send(world.queue.messages.slice(0, 6));
      }
      world.hasWorkers = true;
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));
});
