import { describe, expect, it } from 'vitest';
import { invariant } from '../../lib/kernel/errors.ts';
import { cancelPayout } from '../../lib/payouts/cancel-payout.ts';
import { payoutId } from '../../lib/payouts/ids.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { givenADatabase } from '../support/database.ts';
import { expectEnd } from '../support/payout-ends.ts';
import {
  BATCH,
  cancelledIn,
  expectSoundEnd,
  finish,
  inWorld,
  LONG_PAUSES,
  once,
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
    inWorld(database, { settings: { ...settings, ...LONG_PAUSES } }, async (world, client) => {
      world.hasWorkers = false;
      await world.setBank({ mode: 'declined', code: 'RATE_LIMITED' });
      await client.create(requestFor(2));
      await workOnce(world);
      expect(await statusesOf(world)).toEqual(['retrying', 'retrying']);
      expect(await client.cancelPayout(1, 1)).toMatchObject({ status: 'cancelled' });
      await world.setBank({ mode: 'happy' });
      world.hasWorkers = true;
      await finish(world);
      expect(await statusesOf(world)).toEqual(['cancelled', 'completed']);
      await expectSoundEnd(world);
    }));

  it('is cancelled as it is now if it was read before a worker changed it, and its chunk after that', () =>
    inWorld(database, { settings: { ...settings, ...LONG_PAUSES } }, async (world, client) => {
      world.hasWorkers = false;
      await world.setBank({ mode: 'declined', code: 'RATE_LIMITED' });
      await client.create(requestFor(2));
      const place = { batchId: BATCH, chunk: 1, position: 1 };
      const before = await world.deps.chunks.readPayout(place);
      await workOnce(world);
      const after = await world.deps.chunks.readPayout(place);
      const reads = [before && after && { payout: before.payout, chunk: after.chunk }];
      const answer = await client.insist('cancel', ({ chunks, ...deps }) =>
        cancelPayout(
          { ...deps, chunks: { ...chunks, readPayout: async (at) => reads.shift() ?? chunks.readPayout(at) } },
          payoutId(place),
          REASON,
        ),
      );
      expect(answer).toMatchObject({ status: 'cancelled', payout: { attempts: 1 } });
      expect(await statusesOf(world)).toEqual(['cancelled', 'retrying']);
      await world.setBank({ mode: 'happy' });
      world.hasWorkers = true;
      await finish(world);
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
