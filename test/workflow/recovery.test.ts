import { describe, expect, it } from 'vitest';
import type { ChunkMessage } from '../../lib/payouts/chunk.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { recoverBatches } from '../../lib/payouts/recover-batches.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { givenADatabase } from '../support/database.ts';
import { railOf, railWith } from '../support/rail.ts';
import { recoverAll } from '../support/recovery.ts';
import {
  BATCH,
  expectQuiet,
  expectSoundEnd,
  finish,
  inWorld,
  LONG_PAUSES,
  requestFor,
  statusOf,
  workUntil,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };

describe.concurrent('recovery', () => {
  it('finishes a batch whose messages are lost, without a call of start', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(6));
      world.queue.loseEverything();
      world.hasWorkers = true;
      await finish(world, BATCH, 130_000);
      await expectSoundEnd(world, 1);
    }));

  it('lets a worker take over an expired lease before the message reappears', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'lease 1');
      world.hasWorkers = true;
      await finish(world, BATCH, 80_000); // the message itself stays hidden for 120 s
      await expectSoundEnd(world, 1);
    }));

  it('leaves fresh messages alone', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(6));
      await world.clock.sleep(29_000);
      await world.recoverNow();
      expect(world.queue.sent).toBe(3);
    }));

  it('sends a lost message once, and then leaves a worker time for it', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      world.hasRecovery = false;
      await client.create(requestFor(6));
      world.queue.loseEverything();
      await world.clock.sleep(60_000);
      for (let times = 0; times < 5; times += 1) await world.recoverNow();
      expect(world.queue.messages).toHaveLength(3);
    }));

  it('sends a waiting chunk at most one more message when the queue is behind', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(20));
      await world.clock.sleep(2 * 3_600_000);
      expect(world.queue.messages.length).toBeLessThanOrEqual(20); // 10 chunks
      world.hasWorkers = true;
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));

  it('finds a lost message even if the queue is never idle', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(4));
      world.queue.loseEverything();
      await client.create(requestFor(2, { batchId: 'other' }));
      await world.clock.sleep(15 * 60_000);
      expect(world.queue.messages.filter(({ batchId }) => batchId === BATCH)).not.toHaveLength(0);
    }));

  it('starts a batch that was accepted but never started', () =>
    inWorld(database, { settings }, async (world) => {
      await world.dieAt('after', 'markCreated', (deps) => createBatch(deps, requestFor(2), undefined));
      await finish(world, BATCH, 130_000);
      await expectSoundEnd(world, 1);
    }));

  it('does not start a batch with auto_start false', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      await world.clock.sleep(10 * 60_000);
      expect(await statusOf(world)).toBe('created');
    }));

  it('continues with the other batches when one cannot be recovered, and reports it', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      world.hasRecovery = false;
      const [broken, sound] = ['a-broken' as BatchId, 'b-sound' as BatchId];
      for (const batchId of [broken, sound]) await client.create(requestFor(2, { batchId }));
      world.queue.loseEverything();
      await world.clock.sleep(60_000);

      const readAll = world.deps.chunks.readAll;
      const failing = async (id: BatchId) => (id === broken ? Promise.reject(new Error('unreadable')) : readAll(id));
      const deps = { ...world.deps, chunks: { ...world.deps.chunks, readAll: failing } };
      await expect(recoverAll(recoverBatches, deps)).rejects.toThrow('unreadable');
      expect(world.queue.messages.map(({ batchId }) => batchId)).toEqual([sound]);
    }));

  it('sends lost messages ten at a time, until its time is up, and goes on in the next run', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      world.hasRecovery = false;
      await client.create(requestFor(200)); // 100 chunks
      world.queue.loseEverything();
      await world.clock.sleep(60_000);
      const sent: number[][] = [];
      const run = async (msPerCall: number) => {
        const send = async (messages: readonly ChunkMessage[]) => {
          sent.push(messages.map(({ chunk }) => chunk));
          await world.clock.sleep(msPerCall);
        };
        const deps = { ...world.deps, queue: { send, isIdle: async () => true } };
        return runRecovery(deps, recoverBatches(deps), world.clock.now() + 20_000);
      };
      const { dispatched = 0 } = (await run(6_000)).done;
      expect(dispatched).toBeGreaterThanOrEqual(10);
      expect(dispatched).toBeLessThan(100);
      expect((await run(0)).done).toEqual({ dispatched: 100 - dispatched });
      expect(sent.every((chunks) => chunks.length === 10)).toBe(true);
      expect(new Set(sent.flat()).size).toBe(100);
    }));

  it('drops a batch once there is nothing to recover', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2));
      await finish(world);
      expect(await world.deps.batches.listOpen()).toEqual([]);
      expect((await readBatch(world.deps, BATCH)).counts.completed).toBe(2);
    }));
});

/** A bank that answers no call; each call takes until its deadline. */
function downBank(deps: PayoutDeps, { clock }: World): PayoutDeps {
  const { deadlineMs } = deps.bank;
  const unanswered = async () => {
    await clock.sleep(deadlineMs);
    return { kind: 'unanswered', cause: 'timed_out' } as const;
  };
  const noAnswer = async () => {
    await clock.sleep(deadlineMs);
    return { kind: 'no_answer' } as const;
  };
  return { ...deps, bank: railOf(deadlineMs, unanswered, noAnswer) };
}

it('a chunk never has more than two messages in two hours of a bank that is down', { timeout: 60_000 }, () =>
  inWorld(database, { settings, adjust: downBank }, async (world, client) => {
    await client.create(requestFor(4));
    for (const end = world.clock.now() + 2 * 3_600_000; world.clock.now() < end; await world.clock.sleep(5_000)) {
      const perChunk = Map.groupBy(world.queue.messages, ({ chunk }) => chunk);
      expect(Math.max(...[...perChunk.values()].map(({ length }) => length))).toBeLessThanOrEqual(2);
    }
    expect(world.results.filter(({ result }) => result === 'worked').length).toBeGreaterThan(100);
  }),
);

it('a worker takes over the chunk of a crashed one when the lease expires, even after a round was written under it', () => {
  let isDone = false;
  const recoveredMeanwhile = (deps: PayoutDeps, world: World): PayoutDeps => ({
    ...deps,
    bank: railWith(deps.bank, {
      send: async (instruction, may) => {
        if (!isDone) {
          isDone = true;
          await world.recoverNow();
        }
        return deps.bank.send(instruction, may);
      },
    }),
  });
  return inWorld(database, { settings, adjust: recoveredMeanwhile }, async (world, client) => {
    world.hasWorkers = false;
    world.hasRecovery = false;
    await world.setBank({ mode: 'declined', code: 'RATE_LIMITED' });
    await client.create(requestFor(2));
    const leasedAt = world.clock.now();
    await workUntil(world, 'after', 'sleep');
    expect(await world.deps.chunks.readAll(BATCH)).toMatchObject([{ counts: { processing: 2 }, lease: {} }]);
    await world.setBank({ mode: 'happy' });
    world.hasWorkers = true;
    while ((await statusOf(world)) !== 'completed') await world.clock.sleep(500);
    expect(world.clock.now() - leasedAt).toBeLessThan(15_000); // the lease is 10 s
  });
});

it('the message of a worker that crashes before it queues the next round is redelivered, without recovery', () =>
  inWorld(database, { settings: { ...settings, ...LONG_PAUSES } }, async (world, client) => {
    world.hasWorkers = false;
    world.hasRecovery = false;
    await world.setBank({ mode: 'declined', code: 'RATE_LIMITED' });
    await client.create(requestFor(2));
    await workUntil(world, 'after', 'commitOutcomes 1');
    expect((await world.deps.chunks.readAll(BATCH))[0]).toMatchObject({ rounds: 1, counts: { retrying: 2 } });
    await world.setBank({ mode: 'happy' });
    world.hasWorkers = true;
    const deadline = world.clock.now() + 10 * 60_000;
    while ((await statusOf(world)) !== 'completed' && world.clock.now() < deadline) await world.clock.sleep(500);
    expect(await statusOf(world)).toBe('completed');
  }));
