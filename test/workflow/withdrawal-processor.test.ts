import { describe, expect, it } from 'vitest';
import { dynamoOutbox } from '../../lib/events/dynamo-outbox.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Rail } from '../../lib/rail/port.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { PROCESSOR_KEY, withdrawalItem } from '../../lib/withdrawals/items.ts';
import type { WithdrawalDeps, WithdrawalMessage } from '../../lib/withdrawals/ports.ts';
import { processWithdrawal } from '../../lib/withdrawals/process-withdrawal.ts';
import { readStats, startProcessor, stopProcessor } from '../../lib/withdrawals/processor.ts';
import { recoverWithdrawals } from '../../lib/withdrawals/recover-withdrawals.ts';
import { isTerminal, newWithdrawal, WITHDRAWAL_STATUSES } from '../../lib/withdrawals/withdrawal.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { railWith } from '../support/rail.ts';
import { ANA, type Books, ethRequest, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const soon = (world: WithdrawalsWorld) => world.clock.now() + 28_000;

/** Records when each call goes out to the chain. */
function sends(world: WithdrawalsWorld): number[] {
  const at: number[] = [];
  world.observers.push(async (what) => {
    if (what.startsWith('send ')) at.push(world.clock.now());
  });
  return at;
}

describe('workers at once', () => {
  /** Calls go out as late as possible, and some workers pause after they receive the answer. */
  const sleepy = () => {
    let [sends, asleep] = [0, 0];
    return (deps: WithdrawalDeps, world: WithdrawalsWorld): WithdrawalDeps => {
      const { chain } = deps;
      const send: Rail['send'] = async (instruction, mayStillSend) => {
        sends += 1;
        const nth = sends;
        const answer = await chain.send(instruction, async () => {
          const may = await mayStillSend();
          if (may && nth % 2 === 0) await world.clock.sleep(chain.deadlineMs + 900);
          return may;
        });
        if (nth % 3 === 0 && asleep < 3) {
          asleep += 1;
          await world.clock.sleep(80_000);
          asleep -= 1;
        }
        return answer;
      };
      return { ...deps, chain: railWith(chain, { send }) };
    };
  };

  it.each([1, 2, 3])(
    'never broadcast twice when their leases expire during a broadcast (%i)',
    { timeout: 60_000 },
    (seed) =>
      WithdrawalsWorld.playing(database, { workers: 4, seed, adjust: sleepy() }, async (world) => {
        await world.furnish(1_000_000);
        await world.behave({ block_ms: 100, seed });
        for (let index = 0; index < 100; index += 1) {
          await world.withdraw(100 + index);
          await world.clock.sleep(5_000);
        }
        const { withdrawals, moved } = await world.settled(3 * 60 * 60_000);
        expect(withdrawals.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 'COMPLETED'));
        expect([...moved.values()].filter(({ moves, attempts }) => moves > 1 || attempts > 1)).toEqual([]);
        // Their successors looked up the outcomes and wrote them.
        expect(world.results.filter(({ result }) => result === 'lost').length).toBeGreaterThan(10);
      }),
  );

  it('that get messages of the same withdrawal broadcast it once', () =>
    WithdrawalsWorld.playing(database, { workers: 6 }, async (world) => {
      await world.furnish(1_000);
      world.hasWorkers = false;
      const { id, version } = await world.withdraw(400);
      await world.queue.send(Array.from({ length: 5 }, () => ({ withdrawalId: id, version })));
      world.hasWorkers = true;
      const { moved } = await world.settled();
      expect(moved.get(id)).toMatchObject({ moves: 1, attempts: 1 });
    }));
});

describe('the processor', () => {
  it('runs until it is stopped, and is STOPPED when the longest lease has ended', () =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      expect(await startProcessor(world.deps, soon(world))).toEqual({ status: 'RUNNING', inFlight: 0 });
      expect(await stopProcessor(world.deps)).toEqual({ status: 'STOPPING', inFlight: 0 });
      await world.clock.sleep(5_000);
      expect(await stopProcessor(world.deps)).toEqual({ status: 'STOPPING', inFlight: 0 });
      await world.clock.sleep(5_000);
      expect(await stopProcessor(world.deps)).toEqual({ status: 'STOPPED', inFlight: 0 });
      expect(await readStats(world.deps)).toMatchObject({ status: 'STOPPED', inFlight: 0 });
      for (let time = 1; time <= 2; time += 1) {
        expect(await startProcessor(world.deps, soon(world))).toEqual({ status: 'RUNNING', inFlight: 0 });
      }
    }));

  it.each([
    ['a request that dies after the stop, or an earlier version', { stopped: true, changes: 3 }],
    ['a version that counted no changes', { stopped: true }],
  ])('counts the time of the lease from a moment when it was stopped certainly, also as stored by %s', (_, stored) =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      await stopProcessor(world.deps);
      await world.clock.sleep(60_000);
      await startProcessor(world.deps, soon(world));
      expect(await stopProcessor(world.deps)).toMatchObject({ status: 'STOPPING' });
      await world.put('WITHDRAWALS_TABLE', { ...PROCESSOR_KEY, ...stored }); // recovery runs every minute
      await world.clock.sleep(9_000);
      expect(await readStats(world.deps)).toMatchObject({ status: 'STOPPING' });
      await world.clock.sleep(70_000);
      expect(await readStats(world.deps)).toMatchObject({ status: 'STOPPED' });
    }),
  );

  it('sends nothing more after a stop, accepts new withdrawals, and resumes after a start', { timeout: 60_000 }, () =>
    WithdrawalsWorld.playing(database, { workers: 3 }, async (world) => {
      await world.furnish(1_000_000);
      const at = sends(world);
      for (let index = 0; index < 30; index += 1) await world.withdraw(10);
      while (at.length < 10) await world.clock.sleep(500);
      const { status } = await stopProcessor(world.deps);
      const [stoppedAt, sent] = [world.clock.now(), at.length];
      expect(status).toBe('STOPPING');
      for (let index = 0; index < 5; index += 1) await world.withdraw(10);
      await world.clock.sleep(5 * 60_000);
      // Workers check right before they send, so at most one message per worker was already on its way.
      expect(at.filter((time) => time > stoppedAt)).toEqual([]);
      expect(at.length - sent).toBeLessThanOrEqual(3);
      expect((await stopProcessor(world.deps)).status).toBe('STOPPED');
      const open = (await world.audit()).withdrawals.filter((each) => !isTerminal(each));
      expect(open.length).toBeGreaterThanOrEqual(35 - at.length);
      expect(open.every(({ status: of }) => of === 'PENDING' || of === 'PROCESSING')).toBe(true);
      await startProcessor(world.deps, soon(world));
      const { withdrawals } = await world.settled();
      expect(withdrawals.filter((each) => each.status === 'COMPLETED')).toHaveLength(35);
    }),
  );

  it('leaves withdrawals unchanged that workers took but did not send', () =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      await world.furnish(1_000);
      const { id } = await world.withdraw(10);
      world.observers.push(async (what) => {
        if (what.startsWith('send ')) await stopProcessor(world.deps);
      });
      await world.clock.sleep(5_000);
      expect(await world.read(id)).toMatchObject({ status: 'PENDING', attempts: 0 });
      expect(await world.read(id)).not.toHaveProperty('lease');
      world.observers.pop();
      await startProcessor(world.deps, soon(world));
      await world.settled();
    }));

  it('finds withdrawals with a lost message, and those of a crashed worker', () =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      await world.furnish(1_000);
      world.hasWorkers = false;
      const { id, version } = await world.withdraw(10);
      await world.withdraw(20);
      await world.dieAt('after', `send ${id}.1`, (deps) => processWithdrawal(deps, { withdrawalId: id, version }));
      world.queue.loseEverything();
      world.hasWorkers = true;
      const { moved } = await world.settled();
      expect(moved.get(id)).toMatchObject({ moves: 1, attempts: 1 });
    }));
});

describe('recovery of more than a page', () => {
  const MANY = 1_200;
  const ids = Array.from({ length: MANY }, (_, nth) => withdrawalIdOf(ANA, `many-${nth}` as IdempotencyKey));

  /** Many withdrawals that are due, and none with a message. */
  async function givenMany(world: WithdrawalsWorld): Promise<void> {
    world.hasWorkers = false;
    world.hasRecovery = false;
    const own = { key: 'k' as IdempotencyKey, requiredConfirmations: 3 };
    const request = ethRequest(1, { source: 'external' });
    await world.put(
      'WITHDRAWALS_TABLE',
      ...ids.map((id) => withdrawalItem(newWithdrawal(request, { ...own, id }, world.clock.now()))),
    );
    await world.clock.sleep(60_000);
  }

  /** A run in which each message takes this long. @returns the withdrawals whose messages were sent */
  async function run(world: WithdrawalsWorld, msPerCall: number, options = {}): Promise<string[]> {
    const sent: string[] = [];
    const queue = {
      depth: async () => ({ visible: 0, delayed: 0, inFlight: 0 }),
      send: async (messages: readonly WithdrawalMessage[]) => {
        sent.push(...messages.map(({ withdrawalId }) => withdrawalId));
        await world.clock.sleep(msPerCall);
      },
    };
    const deps = { ...world.deps, queue };
    await runRecovery(deps, recoverWithdrawals(deps, options), soon(world));
    return sent;
  }

  it('sends all of them in one run, page by page, and none again at once', () =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      await givenMany(world);
      expect((await run(world, 0)).sort()).toEqual(ids.toSorted());
      expect(await run(world, 0)).toEqual([]);
      await world.clock.sleep(30_000);
      expect(await run(world, 0)).toHaveLength(MANY);
    }));

  it('sends as many as it has time for at the start of the processor', () =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      await givenMany(world);
      expect((await run(world, 100, { all: true })).length).toBeGreaterThan(1_000);
    }));

  it('ends a run after two seconds, and goes on in the next one', () =>
    WithdrawalsWorld.playing(database, {}, async (world) => {
      await givenMany(world);
      const first = await run(world, 400);
      expect(first.length).toBeGreaterThan(200);
      expect(first.length).toBeLessThanOrEqual(500);
      const next = [await run(world, 100), await run(world, 100), await run(world, 100)];
      expect([...first, ...next.flat()].sort()).toEqual(ids.toSorted());
    }));
});

describe('the stats', () => {
  /** What the relay does with all events. */
  async function count(world: WithdrawalsWorld, { events }: Books): Promise<void> {
    const dynamo = documentClient();
    await dynamoOutbox(dynamo, world.settings.EVENTS_TABLE, Math.random).markPublished(events, 0);
    dynamo.destroy();
  }

  it('agree with the store after any history', { timeout: 60_000 }, () =>
    WithdrawalsWorld.playing(database, { workers: 3, settings: { CHAIN_DEADLINE_MS: 100 } }, async (world) => {
      await world.furnish(1_000_000);
      await world.behave({ mode: 'random', seed: 4, block_ms: 20_000 });
      for (let index = 0; index < 40; index += 1) await world.withdraw(10, { maxRetries: 1 });
      await world.clock.sleep(25_000);
      await world.behave({ mode: 'timeout', lookups: 'down' });
      for (let index = 0; index < 4; index += 1) await world.withdraw(10);
      await world.clock.sleep(10_000);
      await stopProcessor(world.deps);
      await world.clock.sleep(30_000);
      const oldest = world.clock.now();
      await world.withdraw(10);
      const books = await world.audit();
      await count(world, books);
      const stats = await readStats(world.deps);
      const counted = (status: string) => BigInt(books.withdrawals.filter((each) => each.status === status).length);
      expect(stats.byStatus).toEqual(
        Object.fromEntries(WITHDRAWAL_STATUSES.map((status) => [status, counted(status)])),
      );
      expect(stats.byStatus.UNKNOWN).toBeGreaterThan(0n);
      // The oldest of them is measured, and people look for them in this part.
      const inFlight = await world.deps.withdrawals.listOpen('in_flight', 100);
      expect(inFlight.open.map(({ status }) => status)).toEqual(Array(Number(counted('UNKNOWN'))).fill('UNKNOWN'));
      expect(stats.byStatus.FAILED).toBeGreaterThan(0n);
      const retried = books.withdrawals.reduce((sum, { retries }) => sum + retries, 0);
      expect(stats.outcomes).toEqual({
        created: 45n,
        completed: counted('COMPLETED'),
        failed: counted('FAILED'),
        retrying: BigInt(retried),
        rejected: 0n,
        reopened: 0n,
      });
      const open = books.withdrawals.filter((each) => !isTerminal(each)).map(({ createdAt }) => Date.parse(createdAt));
      expect(Math.min(...open)).toBeLessThan(oldest);
      expect(stats).toMatchObject({
        status: 'STOPPED',
        inFlight: 0,
        deadLettered: 0,
        oldestAgeMs: world.clock.now() - Math.min(...open),
        queue: await world.queue.depth(),
      });
    }),
  );
});
