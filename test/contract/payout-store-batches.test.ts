import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../lib/events/event.ts';
import type { EventType } from '../../lib/events/schemas.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { Batch, Scheduled, Startable } from '../../lib/payouts/batch.ts';
import type { BatchStore } from '../../lib/payouts/batch-store.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { aBatch } from '../support/builders.ts';
import { givenADatabase } from '../support/database.ts';
import { givenStores, ID, NOW, newChunk } from '../support/payout-stores.ts';

const database = await givenADatabase();
const UNKNOWN = 'unknown' as BatchId;

/** A stored event need not fit its type. */
function batchEvent(type: EventType, run = 0): DomainEvent {
  const time = new Date(NOW).toISOString();
  return { id: `${type}:${ID}:${run}`, type, source: '/sluice/payouts', subject: ID, time, data: { run } };
}

const batch = (changes: Partial<Batch> = {}) =>
  aBatch({
    id: ID,
    status: 'creating',
    total: 4,
    amounts: new Map([['IDR' as Currency, 12_345_678_901_234_567n]]),
    creatorUntil: NOW + 10_000,
    ...changes,
  });

function start(batches: BatchStore, before: Batch, now = NOW) {
  const event = batchEvent('batch.started', before.run + 1);
  return batches.start(before as Batch & { status: Startable }, now, event);
}

function stop(batches: BatchStore, before: Batch) {
  return batches.stop(before, batchEvent('batch.stop_requested', before.run));
}

describe.concurrent('the batch store', () => {
  it('returns a stored batch to the last digit', async () => {
    const { batches, chunks, look } = await givenStores(database);
    expect(await batches.insert(batch())).toEqual({ done: true, item: batch() });
    await batches.insertChunks([newChunk(1, 2), newChunk(2, 2)]);
    expect(await batches.read(ID)).toEqual(batch());
    expect(await chunks.readAll(ID)).toEqual([newChunk(1, 2).chunk, newChunk(2, 2).chunk]);
    expect(await chunks.readPayouts(ID, 2)).toEqual(newChunk(2, 2).payouts);
    expect(await look(ID)).toEqual({ status: 'creating', run: 0, cancels: 0, createdAt: batch().createdAt });
    expect([await batches.read(UNKNOWN), await look(UNKNOWN), await chunks.readAll(UNKNOWN)]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });

  it('refuses an existing id and returns its batch', async () => {
    const { batches } = await givenStores(database);
    await batches.insert(batch());
    expect(await batches.insert(batch({ digest: 'other' }))).toEqual({ done: false, found: batch() });
  });

  it('lets one of many take over a creation, and only while its deadline is unchanged', async () => {
    const { batches } = await givenStores(database);
    await batches.insert(batch());
    const adopted = await Promise.all(
      Array.from({ length: 20 }, () => batches.adoptCreation(ID, NOW + 10_000, NOW + 20_000)),
    );
    expect(adopted.filter(Boolean)).toHaveLength(1);
    expect(await batches.adoptCreation(ID, NOW + 10_000, NOW + 30_000)).toBe(false);
    await batches.markCreated(batch(), NOW, [batchEvent('batch.created')]);
    expect(await batches.adoptCreation(ID, NOW + 20_000, NOW + 30_000)).toBe(false);
  });

  const moves: Record<string, (batches: BatchStore, id: BatchId) => Promise<unknown>> = {
    markCreated: (batches, id) => batches.markCreated(batch({ id }), NOW, [batchEvent('batch.created')]),
    start: (batches, id) => start(batches, batch({ id, status: 'stopped' })),
    beginReopening: (batches, id) =>
      batches.beginReopening(batch({ id, status: 'failed' }), NOW, { event: batchEvent('batch.retried', 1) }),
    stop: (batches, id) => stop(batches, batch({ id })),
    markStopped: (batches, id) => batches.markStopped(batch({ id, run: 1 }), batchEvent('batch.stopped', 1)),
    finish: (batches, id) =>
      batches.finish({ id, run: 1, status: 'in_progress' }, 'completed', NOW, batchEvent('batch.completed', 1)),
  };

  it.for(Object.entries(moves))('%s tells a missing batch from one in the wrong state', async ([name, move]) => {
    const { batches, events } = await givenStores(database);
    expect(await move(batches, UNKNOWN)).toEqual({ done: false });
    expect(await batches.read(UNKNOWN)).toBeUndefined();
    await batches.insert(batch());
    if (name === 'markCreated') await batches.markCreated(batch(), NOW, [batchEvent('batch.created')]);
    const [before, recorded] = [await batches.read(ID), await events()];
    expect(await move(batches, ID)).toEqual({ done: false, found: before });
    expect(await batches.read(ID)).toEqual(before);
    expect(await events()).toEqual(recorded);
  });

  it('moves a batch through all its states, and lists it as open as long as it has work', async () => {
    const { batches, events } = await givenStores(database);
    const written = async (move: Promise<{ done: boolean; item?: Batch }>) => {
      const { done, item } = await move;
      expect(done).toBe(true);
      expect(await batches.read(ID)).toEqual(item);
      return { ...item, open: (await batches.listOpen()).length };
    };
    await batches.insert(batch({ autoStart: false }));
    expect(await batches.listOpen()).toEqual([]);
    expect(await written(batches.markCreated(batch(), NOW, [batchEvent('batch.created')]))).toMatchObject({
      status: 'created',
      run: 0,
      open: 0,
    });
    expect(await written(start(batches, batch({ status: 'created' })))).toMatchObject({
      status: 'in_progress',
      run: 1,
      open: 1,
      dispatchedAt: NOW,
    });
    expect(await written(stop(batches, batch({ run: 1 })))).toMatchObject({ status: 'stopping', run: 1, open: 1 });
    expect(await batches.markStopped(batch({ run: 2 }), batchEvent('batch.stopped', 2))).toMatchObject({
      done: false,
      found: { status: 'stopping' },
    });
    expect(await written(start(batches, batch({ status: 'stopping', run: 1 }), NOW + 1))).toMatchObject({
      status: 'in_progress',
      run: 2,
      open: 1,
    });
    expect(await stop(batches, batch({ run: 1 }))).toMatchObject({ done: false, found: { run: 2 } });
    await stop(batches, batch({ run: 2 }));
    expect(await written(batches.markStopped(batch({ run: 2 }), batchEvent('batch.stopped', 2)))).toMatchObject({
      status: 'stopped',
      open: 0,
    });
    // auto_start starts only a batch that never started, not one that a client stopped.
    const unstarted = await start(batches, batch({ status: 'created', run: 2 }));
    expect(unstarted).toMatchObject({ done: false, found: { status: 'stopped' } });
    const earlier = await start(batches, batch({ status: 'stopped', run: 1 }));
    expect(earlier).toMatchObject({ done: false, found: { status: 'stopped', run: 2 } });
    expect(await written(start(batches, batch({ status: 'stopped', run: 2 }), NOW + 2))).toMatchObject({
      status: 'in_progress',
      run: 3,
      open: 1,
    });

    expect(await batches.markChunkDone(ID, 1)).toMatchObject({ chunksDone: new Set([1]) });
    expect(await batches.markChunkDone(ID, 1)).toMatchObject({ chunksDone: new Set([1]) });
    expect(await batches.markChunkDone(ID, 2)).toMatchObject({ chunksDone: new Set([1, 2]) });
    expect(
      await batches.finish({ id: ID, run: 2, status: 'in_progress' }, 'failed', NOW, batchEvent('batch.completed', 2)),
    ).toMatchObject({
      done: false,
    });
    expect(
      await written(
        batches.finish({ id: ID, run: 3, status: 'in_progress' }, 'failed', NOW + 3, batchEvent('batch.completed', 3)),
      ),
    ).toMatchObject({
      status: 'failed',
      open: 0,
      finishedAt: new Date(NOW + 3).toISOString(),
    });

    const reopening = await written(
      batches.beginReopening(batch({ status: 'failed', run: 3 }), NOW + 4, { event: batchEvent('batch.retried', 4) }),
    );
    expect(reopening).toMatchObject({ status: 'in_progress', run: 4, reopening: true, open: 1 });
    expect(reopening).not.toHaveProperty('finishedAt');
    expect(
      await batches.finish({ id: ID, run: 4, status: 'in_progress' }, 'failed', NOW, batchEvent('batch.completed', 4)),
    ).toMatchObject({
      done: false,
    });
    expect(await batches.endReopening(ID, 3, [1, 2])).toMatchObject({ reopening: true, chunksDone: new Set([1, 2]) });
    expect(await batches.endReopening(ID, 4, [2])).toMatchObject({ reopening: false, chunksDone: new Set([1]) });
    expect(await batches.endReopening(ID, 4, [])).toMatchObject({ reopening: false, chunksDone: new Set([1]) });
    expect(await batches.endReopening(ID, 4, [1])).toMatchObject({ chunksDone: new Set() });
    const completed = await written(
      batches.finish({ id: ID, run: 4, status: 'in_progress' }, 'completed', NOW + 6, batchEvent('batch.completed', 4)),
    );
    expect(completed).toMatchObject({ status: 'completed', open: 0 });

    // A refused move stores no event.
    expect((await events()).map(({ id }) => id)).toEqual([
      'batch.completed:batch-1:3',
      'batch.completed:batch-1:4',
      'batch.created:batch-1:0',
      'batch.retried:batch-1:4',
      'batch.started:batch-1:1',
      'batch.started:batch-1:2',
      'batch.started:batch-1:3',
      'batch.stop_requested:batch-1:1',
      'batch.stop_requested:batch-1:2',
      'batch.stopped:batch-1:2',
    ]);
  });

  it('lists a scheduled batch when its time has come, in the order of their times, until it starts', async () => {
    const { batches } = await givenStores(database);
    const at = (ms: number) => new Date(NOW + ms).toISOString();
    const scheduled = async (id: string, ms: number) => {
      await batches.insert(batch({ id: id as BatchId, startAt: at(ms) }));
      await batches.markCreated(batch({ id: id as BatchId, startAt: at(ms) }), NOW, []);
      return batch({ id: id as BatchId, startAt: at(ms), status: 'scheduled' }) as Scheduled;
    };
    const [late, early] = [await scheduled('a', 2_000), await scheduled('z', 1_000)];
    expect(await batches.listDue(NOW + 999)).toEqual([]);
    expect(await batches.listDue(NOW + 1_000)).toEqual(['z']);
    expect(await batches.listDue(NOW + 2_000)).toEqual(['z', 'a']);
    expect(await batches.listOpen()).toEqual([]);

    const event = batchEvent('batch.rescheduled');
    expect(await batches.reschedule(early, at(5_000), event)).toMatchObject({ done: true, item: { reschedules: 1 } });
    expect(await batches.reschedule(early, at(6_000), event)).toMatchObject({ done: false });
    expect(await batches.listDue(NOW + 4_999)).toEqual(['a']);
    expect(await start(batches, early)).toMatchObject({ done: false, found: { startAt: at(5_000) } });
    expect(await start(batches, late, NOW + 65_999)).toMatchObject({ done: true, item: { startedLateSeconds: 63 } });
    expect(await batches.reschedule(late, at(9_000), event)).toMatchObject({ done: false });
    expect([await batches.listDue(NOW + 9_000), await batches.listOpen()]).toEqual([['z'], ['a']]);
  });

  it('starts one run when 20 processes start it at once', async () => {
    const { batches } = await givenStores(database);
    await batches.insert(batch({ status: 'created' }));
    const started = await Promise.all(Array.from({ length: 20 }, () => start(batches, batch({ status: 'created' }))));
    expect(started.filter(({ done }) => done)).toHaveLength(1);
    expect(started.every((answer) => answer.done || answer.found?.run === 1)).toBe(true);
  });
});
