import { isEqual } from 'es-toolkit';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../lib/kernel/errors.ts';
import { payoutCancelRequested } from '../../lib/payouts/batch-events.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { readAllPayouts, readBatch } from '../../lib/payouts/read-batches.ts';
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
  once,
  PATIENCE_MS,
  REASON,
  reach,
  requestFor,
  statusesOf,
  statusOf,
  workOnce,
  workUntil,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };
const oneCallAtATime = { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 };

async function expectEnd(world: World, statuses: readonly string[]): Promise<void> {
  await finish(world);
  await expectQuiet(world);
  expect(await statusesOf(world)).toEqual(statuses);
  await expectSoundEnd(world, 1);
}

describe.concurrent('a payout that no worker holds', () => {
  it('is cancelled with the answer, also before the start, and the others are paid', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(3, { autoStart: false }));
      const cancellation = { reason: REASON, at: expect.any(String) };
      const cancelled = { status: 'cancelled', payout: { status: 'cancelled', cancellation } };
      expect(await client.cancelPayout(1, 2)).toMatchObject(cancelled);
      expect((await readBatch(world.deps, BATCH)).counts).toMatchObject({ pending: 2, cancelled: 1 });
      expect(await client.cancelPayout(1, 2)).toMatchObject(cancelled);
      await client.start();
      await expectEnd(world, ['completed', 'cancelled', 'completed']);
      expect(await statusOf(world)).toBe('partially_completed');
      const events = await world.events();
      expect(cancelledIn(events)).toEqual(['b.0001.000002']);
      const requested = events.filter(({ type }) => type === 'payout.cancel_requested');
      expect(requested.map(({ subject, data }) => [subject, data])).toMatchObject([
        [BATCH, { payout_id: 'b.0001.000002', reason: REASON, amount: '100001' }],
      ]);
    }));

  it('is cancelled while it waits for its next attempt', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await world.setBank({ mode: 'declined', code: 'RATE_LIMITED' });
      await client.create(requestFor(2));
      world.queue.loseEverything();
      await world.queue.send([
        { batchId: BATCH, chunk: 1, run: 1 },
        { batchId: BATCH, chunk: 1, run: 1 },
      ]);
      await workOnce(world);
      expect(await statusesOf(world)).toEqual(['retrying', 'retrying']);
      expect(await client.cancelPayout(1, 1)).toMatchObject({ status: 'cancelled' });
      await world.setBank({ mode: 'happy' });
      world.hasWorkers = true;
      await finish(world);
      expect(await statusesOf(world)).toEqual(['cancelled', 'completed']);
      await expectSoundEnd(world);
    }));

  it('was the last open one: the batch finishes, also if the process dies before that', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      await client.cancelPayout(1, 1);
      world.hasWorkers = false;
      await client.start();
      await client.cancelPayout(1, 2);
      expect(await statusOf(world)).toBe('cancelled');
      expect(await client.cancel()).toMatchObject({ code: 'INVALID_STATE' });
    }));

  it('two at once of one chunk are both cancelled', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 10 } }, async (world, client) => {
      await client.create(requestFor(10, { autoStart: false }));
      const all = Array.from({ length: 10 }, (_, index) => client.cancelPayout(1, index + 1));
      expect((await Promise.all(all)).map((each) => 'status' in each && each.status)).toEqual(
        Array(10).fill('cancelled'),
      );
      await client.start();
      await expectEnd(world, Array(10).fill('cancelled'));
      expect(await statusOf(world)).toBe('cancelled');
    }));
});

describe.concurrent('a payout that an epoch concerns', () => {
  /** Raised after the batch was stored. */
  const epoch = {
    raisedAt: '2100-01-01T00:00:00.000Z',
    until: '2100-01-02T00:00:00.000Z',
    person: 'ana',
    reason: 'restored',
  };
  const adjust = (deps: PayoutDeps) => ({ ...deps, epoch: async () => epoch });

  it.each([
    ['paid if the bank has paid it', true, 'completed'],
    ['cancelled if the bank has no record of it', false, 'cancelled'],
  ] as const)('is looked up before it is cancelled: %s', async (_name, wasPaid, status) =>
    inWorld(database, { settings, adjust }, async (world, client) => {
      await client.create(requestFor(1, { autoStart: false }));
      if (wasPaid) await payBefore(world);
      expect(await client.cancelPayout(1, 1)).toMatchObject({
        payout: { status: 'pending', cancellation: { reason: REASON } },
      });
      await client.start();
      await expectEnd(world, [status]);
      expect(await world.arrivals()).toBe(wasPaid ? 1 : 0);
    }),
  );

  it('is not sent again if the bank has paid it', () =>
    inWorld(database, { settings, adjust }, async (world, client) => {
      await client.create(requestFor(1, { autoStart: false }));
      await payBefore(world);
      await client.start();
      await expectEnd(world, ['completed']);
      expect(await world.arrivals()).toBe(1);
    }));

  /** The bank has what this payout sends first, as after a restore. */
  async function payBefore({ deps }: World): Promise<void> {
    const [payout] = await deps.chunks.readPayouts(BATCH, 1);
    invariant(payout && payout.destination.type !== 'pix', 'vendor payouts have accounts');
    const { bankAccount, bankName } = payout.destination;
    const { reference, id, money } = payout;
    const destination = { bank_account: bankAccount, bank_name: bankName };
    await deps.bank.send({ reference, instruction: id, money, destination }, async () => true);
  }
});

describe.concurrent('a payout in a chunk that a worker holds', () => {
  it('is not sent after the answer; the worker pays the others and cancels it in the same lease', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      once(world, 'readPayouts 1', async () => {
        expect(await client.cancelPayout(1, 2)).toMatchObject({ status: 'processing', payout: { cancellation: {} } });
      });
      await workOnce(world);
      expect(world.results).toMatchObject([{ result: 'worked', completed: 1, open: 0 }]);
      await expectEnd(world, ['completed', 'cancelled']);
    }));

  it('is not sent if the cancel comes after the worker has read it', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      let cancel: Promise<unknown> | undefined;
      // The worker sends both payouts at once, so both wait.
      world.observers.push(async (what) => {
        if (!what.startsWith('send b.0001.')) return;
        cancel ??= client.cancelPayout(1, 2);
        await cancel;
      });
      await client.start();
      await expectEnd(world, ['completed', 'cancelled']);
    }));

  it('costs the worker no further read if another chunk has the cancelled payout', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(4, { autoStart: false }));
      let reads = 0;
      world.observers.push(async (what) => {
        if (what === 'readPayouts 2') reads += 1;
      });
      await client.cancelPayout(1, 1);
      await client.start();
      await expectEnd(world, ['cancelled', 'completed', 'completed', 'completed']);
      expect(reads).toBe(1);
    }));

  it('under way ends as the bank says, and the answer to a repeated cancel shows it', () =>
    inWorld(database, { settings: oneCallAtATime }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      let cancel: Promise<unknown> | undefined;
      await world.setBank({ mode: 'happy', latency_ms: [300, 300] });
      world.observers.push(async (what) => {
        if (what === 'send b.0001.000001.1') setTimeout(() => (cancel = client.cancelPayout(1, 1)), 100);
      });
      await client.start();
      await expectEnd(world, ['completed', 'completed']);
      expect(await cancel).toMatchObject({ status: 'processing' });
      expect(await client.cancelPayout(1, 1)).toMatchObject({ status: 'completed', payout: { cancellation: {} } });
      expect(await client.cancelPayout(1, 2)).toMatchObject({ code: 'INVALID_STATE' });
    }));

  it('of a dead worker is looked up: paid if the bank paid it, else cancelled', () =>
    inWorld(database, { settings: oneCallAtATime }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'send b.0001.000001.1');
      await client.cancelPayout(1, 1);
      await client.cancelPayout(1, 2);
      world.hasWorkers = true;
      await expectEnd(world, ['completed', 'cancelled']);
    }));

  it('of a batch that stops is cancelled, and not sent after the next start', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      once(world, 'readPayouts 1', async () => {
        await client.stop();
        await client.cancelPayout(1, 2);
      });
      await client.start();
      await reach(world, (status) => status === 'stopped');
      expect(await statusesOf(world)).toEqual(['pending', 'cancelled']);
      await client.start();
      await expectEnd(world, ['completed', 'cancelled']);
    }));

  it.for([
    ['timeout', 'cancelled'], // the bank never got the call
    ['garbage', 'completed'],
  ] as const)(
    'with an unknown outcome of a %s ends as %s, and is not sent again',
    { timeout: 30_000 },
    ([mode, status]) =>
      inWorld(database, { settings: { ...settings, BANK_DEADLINE_MS: 400 } }, async (world, client) => {
        await world.setBank({ mode, lookups: 'down' });
        await client.create(requestFor(1));
        await world.clock.sleep(5_000);
        expect(await client.cancelPayout(1, 1)).toMatchObject({ payout: { status: 'unknown', cancellation: {} } });
        await world.clock.sleep(60_000);
        await world.setBank({ mode: 'happy', lookups: 'ok' });
        await expectEnd(world, [status]);
      }),
  );
});

describe.concurrent('a payout of a batch that stays stopped', () => {
  /** Lets time pass until the payouts have these statuses. Nothing is sent, and the batch is still stopped. */
  async function expectEndStopped(world: World, statuses: readonly string[]): Promise<void> {
    const arrivals = await world.arrivals();
    const shown = () => statusesOf(world);
    await world.until(
      async () => isEqual(await shown(), statuses),
      PATIENCE_MS,
      async () => `${await shown()}`,
    );
    await world.until(
      async () => (await world.deps.batches.listOpen()).length === 0,
      PATIENCE_MS,
      async () => `${await shown()}`,
    );
    expect(await statusOf(world)).toBe('stopped');
    expect(await world.arrivals()).toBe(arrivals);
  }

  it('is cancelled if the cancel comes while it stops, after the last read of its worker', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      once(world, 'readPayouts 1', () => client.stop());
      once(world, 'commitOutcomes 1', async () => {
        expect(await client.cancelPayout(1, 2)).toMatchObject({ payout: { status: 'pending', cancellation: {} } });
      });
      await client.start();
      await reach(world, (status) => status === 'stopped');
      await expectEndStopped(world, ['pending', 'cancelled']);
      expect(cancelledIn(await world.events())).toEqual(['b.0001.000002']);
      await client.start();
      await expectEnd(world, ['completed', 'cancelled']);
    }));

  it('is cancelled if the process of the cancel dies after it stored the request, right before the batch is stopped', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      once(world, 'readPayouts 1', () => client.stop());
      once(world, 'markStopped', async () => {
        const { chunks } = world.deps;
        const [, payout] = await chunks.readPayouts(BATCH, 1);
        invariant(payout, 'it has two payouts');
        const cancellation = { reason: REASON, at: payout.updatedAt };
        await chunks.requestCancel(payout.id, cancellation, payoutCancelRequested(world.deps, payout, REASON));
      });
      await client.start();
      await reach(world, (status) => status === 'stopped');
      await expectEndStopped(world, ['pending', 'cancelled']);
    }));

  it.for([
    ['timeout', 'cancelled'], // the bank never got the call
    ['garbage', 'completed'],
  ] as const)('with an unknown outcome of a %s is looked up, and ends as %s', { timeout: 30_000 }, ([mode, status]) =>
    inWorld(database, { settings: { ...settings, BANK_DEADLINE_MS: 400 } }, async (world, client) => {
      await world.setBank({ mode, lookups: 'down' });
      await client.create(requestFor(2));
      await world.clock.sleep(5_000);
      await client.stop();
      await reach(world, (now) => now === 'stopped');
      expect(await client.cancelPayout(1, 1)).toMatchObject({ payout: { status: 'unknown', cancellation: {} } });
      await world.clock.sleep(120_000);
      expect(await statusesOf(world)).toEqual(['unknown', 'unknown']);
      await world.setBank({ mode: 'happy', lookups: 'ok' });
      await expectEndStopped(world, [status, mode === 'timeout' ? 'retrying' : 'completed']);
    }),
  );

  it('of a dead worker is looked up: paid if the bank paid it, else cancelled', () =>
    inWorld(database, { settings: oneCallAtATime }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'send b.0001.000001.1');
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      await client.cancelPayout(1, 1);
      await client.cancelPayout(1, 2);
      await expectEndStopped(world, ['completed', 'cancelled']);
    }));
});

describe.concurrent('a payout that has ended', () => {
  it('is not cancelled, nor one of a rejected or unknown batch', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(4));
      await workOnce(world);
      await world.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
      await workOnce(world);
      expect(await client.cancelPayout(1, 1)).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.cancelPayout(2, 3)).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.cancelPayout(2, 99)).toMatchObject({ code: 'NOT_FOUND' });
      await expectEnd(world, ['completed', 'completed', 'failed', 'failed']);
      expect((await world.events()).filter(({ type }) => type.includes('cancel'))).toEqual([]);
    }));

  it('as failed after the cancel is not paid by a retry', () =>
    inWorld(database, { settings: { ...oneCallAtATime, PAYOUT_MAX_ATTEMPTS: 1 } }, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'RATE_LIMITED', latency_ms: [300, 300] });
      await client.create(requestFor(1, { autoStart: false }));
      world.observers.push(async (what) => {
        if (what === 'send b.0001.000001.1') setTimeout(() => void client.cancelPayout(1, 1), 100);
      });
      await client.start();
      await finish(world);
      expect(await statusesOf(world)).toEqual(['failed']);
      await world.setBank({ mode: 'happy', latency_ms: [0, 0] });
      await client.retryFailed();
      await expectEnd(world, ['cancelled']);
    }));
});

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
