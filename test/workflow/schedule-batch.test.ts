import { describe, expect, it } from 'vitest';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  expectSoundEnd,
  finish,
  inWorld,
  once,
  pass,
  reach,
  requestFor,
  statusOf,
  watch,
} from '../support/scenario.ts';
import { eventsOf, HOUR_MS, inMs, ONE_SWEEP_MS, scheduled, stored } from '../support/scheduled-batches.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };
const DAY_MS = 24 * HOUR_MS;

describe.concurrent('a scheduled batch', () => {
  it('starts by itself within a minute of its time, not before, and is paid once', () =>
    inWorld(database, { settings }, async (world, client) => {
      const expectEvents = watch(world);
      const startAt = inMs(world, 3 * HOUR_MS);
      expect(await scheduled(world, client, 3 * HOUR_MS)).toMatchObject({ replayed: false });
      expect(await stored(world)).toMatchObject({ status: 'scheduled', startAt, run: 0 });
      await pass(world, 3 * HOUR_MS - 1_000);
      expect(await statusOf(world)).toBe('scheduled');
      expect(await world.arrivals()).toBe(0);
      await pass(world, 1_000 + ONE_SWEEP_MS);
      expect(await statusOf(world)).not.toBe('scheduled');
      await finish(world);
      await expectSoundEnd(world, 1);
      await expectEvents();
      const { startedLateSeconds = 100 } = (await stored(world)) ?? {};
      expect(startedLateSeconds).toBeLessThanOrEqual(60);
      expect(await eventsOf(world, 'batch.started')).toMatchObject([
        { data: { previous_status: 'scheduled', start_at: startAt, late_seconds: startedLateSeconds } },
      ]);
    }));

  it('is read by no sweep before its time', () =>
    inWorld(database, { settings }, async (world, client) => {
      await scheduled(world, client, DAY_MS);
      const reads: string[] = [];
      world.observers.push(async (what) => void (what === 'read' && reads.push(what)));
      await world.clock.sleep(10 * 60_000);
      expect(reads).toEqual([]);
      expect(await world.deps.batches.listDue(world.clock.now())).toEqual([]);
      expect(await world.deps.batches.listOpen()).toEqual([]);
      expect(await world.deps.batches.listDue(world.clock.now() + DAY_MS)).toEqual([BATCH]);
      await pass(world, DAY_MS);
      expect(reads).not.toEqual([]);
    }));

  it('starts one run when many sweeps and clients start it at once', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasRecovery = false;
      await scheduled(world, client, HOUR_MS);
      world.clock.jump(HOUR_MS);
      await Promise.all([...Array.from({ length: 8 }, () => world.recoverNow()), client.start(), client.start()]);
      world.hasRecovery = true;
      await finish(world);
      await expectSoundEnd(world, 1);
      expect(await stored(world)).toMatchObject({ run: 1 });
      expect(await eventsOf(world, 'batch.started')).toHaveLength(1);
    }));

  it('whose time passed while the service was down starts late, and says so', () =>
    inWorld(database, { settings }, async (world, client) => {
      await scheduled(world, client, HOUR_MS);
      world.clock.jump(5 * HOUR_MS);
      await finish(world);
      await expectSoundEnd(world, 1);
      const late = (await stored(world))?.startedLateSeconds ?? 0;
      expect(Math.floor(late / 60)).toBe(4 * 60);
      expect(await eventsOf(world, 'batch.started')).toMatchObject([{ data: { late_seconds: late } }]);
    }));

  it('whose creation died starts late once the request is repeated', () =>
    inWorld(database, { settings }, async (world, client) => {
      const request = requestFor(4, { startAt: inMs(world, HOUR_MS) });
      await world.dieAt('before', 'markCreated', (deps) => createBatch(deps, request, undefined));
      world.clock.jump(2 * HOUR_MS);
      await world.recoverNow();
      expect(await statusOf(world)).toBe('creating');
      expect(await client.create(request)).toMatchObject({ batch: { id: BATCH } });
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('can be started before its time, resumed after a stop, and never starts again', () =>
    inWorld(database, { settings }, async (world, client) => {
      await scheduled(world, client, HOUR_MS);
      expect(await client.stop()).toMatchObject({ code: 'INVALID_STATE' });
      world.hasWorkers = false;
      expect(await client.start()).toMatchObject({ status: 'in_progress', run: 1, startedLateSeconds: 0 });
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      await pass(world, 2 * HOUR_MS);
      expect(await stored(world)).toMatchObject({ status: 'stopped', run: 1 });
      world.hasWorkers = true;
      expect(await client.start()).toMatchObject({ status: 'in_progress', run: 2, startedLateSeconds: 0 });
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('that is cancelled never starts, though a sweep has read that it is due', () =>
    inWorld(database, { settings }, async (world, client) => {
      await scheduled(world, client, HOUR_MS);
      once(world, 'start', () => client.cancel());
      await pass(world, HOUR_MS + ONE_SWEEP_MS);
      await reach(world, (status) => status === 'cancelled');
      expect(await client.start()).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.schedule(inMs(world, HOUR_MS))).toMatchObject({ code: 'INVALID_STATE' });
      await world.recoverNow();
      expect(await statusOf(world)).toBe('cancelled');
      expect(await world.arrivals()).toBe(0);
      expect(await eventsOf(world, 'batch.started')).toEqual([]);
      expect(await world.deps.batches.listDue(world.clock.now() + DAY_MS)).toEqual([]);
    }));

  it('is refused in the past and more than 90 days ahead, and nothing is stored', () =>
    inWorld(database, { settings }, async (world, client) => {
      for (const ms of [-60_001, 90 * DAY_MS + 1]) {
        expect(await scheduled(world, client, ms)).toMatchObject({
          code: 'VALIDATION_ERROR',
          details: [{ path: 'start_at' }],
        });
      }
      expect(await statusOf(world)).toBeUndefined();
      await scheduled(world, client, 90 * DAY_MS);
      expect(await statusOf(world)).toBe('scheduled');
    }));

  it('starts with the next sweep if the clock of the client is behind', () =>
    inWorld(database, { settings }, async (world, client) => {
      await scheduled(world, client, -60_000);
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('is another batch with another time: the id is refused; the same request gets the same answer after its time too', () =>
    inWorld(database, { settings }, async (world, client) => {
      const request = requestFor(4, { startAt: inMs(world, HOUR_MS) });
      await client.create(request);
      const { startAt: _, ...atOnce } = request;
      for (const other of [atOnce, { ...request, startAt: inMs(world, HOUR_MS + 1) }]) {
        expect(await client.create(other)).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
      }
      world.clock.jump(2 * HOUR_MS);
      await finish(world);
      expect(await client.create(request)).toMatchObject({ replayed: true });
      expect(await eventsOf(world, 'batch.started')).toHaveLength(1);
    }));
});

describe.concurrent('the time of a batch', () => {
  it('changes until it starts, to an earlier or a later one', () =>
    inWorld(database, { settings }, async (world, client) => {
      const expectEvents = watch(world);
      await scheduled(world, client, HOUR_MS);
      const later = inMs(world, 5 * HOUR_MS);
      expect(await client.schedule(later)).toMatchObject({ status: 'scheduled', startAt: later });
      expect(await client.schedule(later)).toMatchObject({ reschedules: 1 });
      await pass(world, 2 * HOUR_MS);
      expect(await statusOf(world)).toBe('scheduled');
      const earlier = inMs(world, HOUR_MS);
      expect(await client.schedule(earlier)).toMatchObject({ startAt: earlier, reschedules: 2 });
      await pass(world, HOUR_MS + ONE_SWEEP_MS);
      await finish(world);
      await expectSoundEnd(world, 1);
      expect(await client.schedule(earlier)).toMatchObject({ code: 'INVALID_STATE' });
      await expectEvents();
    }));

  it('is not changed to one in the past or too far ahead, nor of a batch that has none', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      expect(await client.schedule(inMs(world, HOUR_MS))).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.schedule(inMs(world, HOUR_MS), 'unknown' as BatchId)).toMatchObject({ code: 'NOT_FOUND' });
      const id = 'timed' as BatchId;
      await client.create(requestFor(2, { batchId: id, startAt: inMs(world, HOUR_MS) }));
      for (const ms of [-60_001, 90 * DAY_MS + 1]) {
        expect(await client.schedule(inMs(world, ms), id)).toMatchObject({ code: 'VALIDATION_ERROR' });
      }
      expect(await statusOf(world, id)).toBe('scheduled');
    }));

  it('that is changed while a sweep starts the batch holds: the sweep read the old one', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasRecovery = false;
      await scheduled(world, client, HOUR_MS);
      world.clock.jump(HOUR_MS);
      const later = inMs(world, HOUR_MS);
      once(world, 'start', () => client.schedule(later));
      await world.recoverNow();
      expect(await stored(world)).toMatchObject({ status: 'scheduled', startAt: later, run: 0 });
      expect(world.queue.messages).toEqual([]);
    }));

  it('is not changed by a request that read it before the batch started', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasRecovery = false;
      await scheduled(world, client, HOUR_MS);
      world.clock.jump(HOUR_MS);
      once(world, 'reschedule', () => world.recoverNow());
      expect(await client.schedule(inMs(world, HOUR_MS))).toMatchObject({ code: 'INVALID_STATE' });
      world.hasRecovery = true;
      await finish(world);
      await expectSoundEnd(world, 1);
      expect(await eventsOf(world, 'batch.rescheduled')).toEqual([]);
    }));

  it('is that of the last change when two come at once', () =>
    inWorld(database, { settings }, async (world, client) => {
      await scheduled(world, client, HOUR_MS);
      const times = [2, 3].map((hours) => inMs(world, hours * HOUR_MS));
      await Promise.all(times.map((time) => client.schedule(time)));
      const { startAt = '', reschedules } = (await stored(world)) ?? {};
      expect(times).toContain(startAt);
      expect(reschedules).toBe(2);
      const events = await eventsOf(world, 'batch.rescheduled');
      expect(events.map(({ id }) => id)).toEqual([`batch.rescheduled:${BATCH}:1`, `batch.rescheduled:${BATCH}:2`]);
      expect(events.at(-1)?.data).toMatchObject({ start_at: startAt });
    }));
});
