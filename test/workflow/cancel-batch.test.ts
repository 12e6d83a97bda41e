import { describe, expect, it } from 'vitest';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { readAllPayouts, readBatch } from '../../lib/payouts/read-batches.ts';
import { approvalOf, as, decide, EVERY_BATCH, givenRules } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import {
  BATCH,
  cancelledIn,
  expectCountsAddUp,
  expectQuiet,
  expectSoundEnd,
  finish,
  givenASlowRetry,
  inWorld,
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

const countsOf = async (world: World) => (await readBatch(world.deps, BATCH)).counts;

async function expectEnd(world: World, status: string, counts: object): Promise<void> {
  await finish(world);
  await expectQuiet(world);
  expect(await statusOf(world)).toBe(status);
  expect(await countsOf(world)).toMatchObject(counts);
}

describe.concurrent('a batch that was not started', () => {
  it('is cancelled as a whole, with the reason, and nothing of it is ever sent', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(5, { autoStart: false }));
      const cancellation = { reason: REASON, at: expect.any(String) };
      expect(await client.cancel()).toMatchObject({ batch: { status: 'cancelling', run: 1, cancellation } });
      expect(await client.start()).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.stop()).toMatchObject({ code: 'INVALID_STATE' });
      await expectEnd(world, 'cancelled', { cancelled: 5 });
      expect(await client.start()).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.retryFailed()).toMatchObject({ reopened: 0 });
      expect(await world.arrivals()).toBe(0);
      await expectSoundEnd(world, 0);
      const { payouts } = await readAllPayouts(world.deps, BATCH);
      expect(cancelledIn(await world.events())).toEqual(payouts.map(({ payout }) => payout.id));
    }));

  it('answers a repeated cancel as the first one, at once and after its end, with one effect', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
      const answers = await Promise.all([client.cancel(), client.cancel(), client.cancel()]);
      expect(answers).toMatchObject(Array(3).fill({ batch: { status: 'cancelling', run: 1 } }));
      await finish(world);
      expect(await client.cancel()).toMatchObject({ batch: { status: 'cancelled', run: 1 }, counts: { cancelled: 2 } });
      const requested = (await world.events()).filter(({ type }) => type === 'batch.cancel_requested');
      expect(requested.map(({ data }) => data)).toEqual([
        { batch_id: BATCH, run: 1, previous_status: 'created', reason: REASON },
      ]);
    }));

  it('gives all it had reserved back to the key', () =>
    inWorld(
      database,
      { settings, principal: () => aPrincipal({ limits: { maxPerDay: { IDR: '400006' } } }) },
      async (world, client) => {
        await client.create(requestFor(4, { autoStart: false }));
        await client.cancel();
        await finish(world);
        expect(await client.create(requestFor(4, { batchId: 'other' }))).toMatchObject({ replayed: false });
        expect(await world.limitProblems()).toEqual([]);
      },
    ));
});

describe.concurrent('a batch that waits for approval', () => {
  it('waits no more: its approval is cancelled with it, and decides nothing', () =>
    inWorld(database, { settings }, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, { ...EVERY_BATCH, approvers: 2 });
      await as('maker', () => client.create(requestFor(4)));
      await decide(approving, 'ana', 'approve');
      await as('maker', () => client.cancel());
      expect(await approving.approvals.read(approvalOf())).toMatchObject({ status: 'cancelled' });
      expect(await decide(approving, 'ben', 'approve')).toMatchObject({ code: 'INVALID_STATE' });
      await expectEnd(world, 'cancelled', { cancelled: 4 });
      expect(await world.arrivals()).toBe(0);
      const events = (await world.events()).filter(({ type }) => type === 'approval.cancelled');
      expect(events.map(({ principal }) => principal?.id)).toEqual(['key_maker']);
    }));

  it('is cancelled or paid as a whole if a cancel and the approval come at the same time', () =>
    inWorld(database, { settings }, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, EVERY_BATCH);
      await as('maker', () => client.create(requestFor(4)));
      await Promise.all([decide(approving, 'ana', 'approve'), as('maker', () => client.cancel())]);
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));
});

describe.concurrent('a batch in progress', () => {
  it('sends nothing after the cancel: what was sent is paid, the rest is cancelled', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(6));
      await workOnce(world);
      await client.cancel();
      world.hasWorkers = true;
      await expectEnd(world, 'partially_completed', { completed: 2, cancelled: 4 });
      await expectSoundEnd(world, 1);
    }));

  it('a worker that holds a lease sends nothing more, and cancels what it has in the same lease', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      once(world, 'readPayouts 1', () => client.cancel());
      await workOnce(world);
      expect(await countsOf(world)).toMatchObject({ cancelled: 2 });
      expect(await world.arrivals()).toBe(0);
    }));

  it('a call under way ends as the bank says', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 } }, async (world, client) => {
      await world.setBank({ mode: 'happy', latency_ms: [300, 300] });
      await client.create(requestFor(2, { autoStart: false }));
      world.observers.push(async (what) => {
        if (what === 'send b.0001.000002.1') setTimeout(() => void client.cancel(), 100);
      });
      await client.start();
      await expectEnd(world, 'partially_completed', { completed: 1, cancelled: 1 });
      await expectSoundEnd(world, 1);
    }));

  it('what a dead worker may have sent is looked up: paid if the bank paid it, else cancelled', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 } }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'send b.0001.000001.1');
      await client.cancel();
      world.hasWorkers = true;
      await expectEnd(world, 'partially_completed', { completed: 1, cancelled: 1 });
      expect(await statusesOf(world)).toEqual(['completed', 'cancelled']);
      await expectSoundEnd(world, 1);
    }));

  it.for([
    ['timeout', 'cancelled', { cancelled: 2 }], // the bank never got the call
    ['garbage', 'completed', { completed: 2 }],
  ] as const)(
    'an unknown outcome of a %s ends as %s, and is not sent again',
    { timeout: 30_000 },
    ([mode, status, counts]) =>
      inWorld(database, { settings: { ...settings, BANK_DEADLINE_MS: 400 } }, async (world, client) => {
        await world.setBank({ mode, lookups: 'down' });
        await client.create(requestFor(2));
        await world.clock.sleep(5_000);
        expect(await countsOf(world)).toMatchObject({ unknown: 2 });
        expect(await client.cancel()).toMatchObject({ batch: { status: 'cancelling' }, counts: { unknown: 2 } });
        await world.clock.sleep(120_000);
        expect(await countsOf(world)).toMatchObject({ unknown: 2 });
        await world.setBank({ mode: 'happy', lookups: 'ok' });
        await expectEnd(world, status, counts);
        await expectSoundEnd(world, 1);
      }),
  );

  it('what the bank refused for now is cancelled; what it refused for good stays failed, and no retry pays the others', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(6));
      await world.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
      await workOnce(world);
      await world.setBank({ mode: 'declined', code: 'RATE_LIMITED' });
      once(world, 'commitOutcomes 2', () => client.cancel());
      await workOnce(world);
      await world.setBank({ mode: 'happy' });
      world.hasWorkers = true;
      await expectEnd(world, 'failed', { failed: 2, cancelled: 4 });
      expect(await client.retryFailed()).toMatchObject({ reopened: 0 });
      await expectSoundEnd(world, 1);
    }));

  it('a retry of its failures re-opens no cancelled payout, and can be cancelled too', () =>
    inWorld(database, { settings: { ...settings, PAYOUT_MAX_ATTEMPTS: 1 } }, async (world, client) => {
      world.hasWorkers = false;
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await client.create(requestFor(4));
      await workOnce(world);
      await client.cancel();
      world.hasWorkers = true;
      await expectEnd(world, 'failed', { failed: 2, cancelled: 2 });
      await world.setBank({ mode: 'happy' });
      world.hasWorkers = false;
      expect(await client.retryFailed()).toMatchObject({ reopened: 2, batch: { run: 3 } });
      expect(await client.cancel()).toMatchObject({ batch: { status: 'cancelling', run: 4 } });
      world.hasWorkers = true;
      await expectEnd(world, 'cancelled', { cancelled: 4 });
      await expectSoundEnd(world);
    }));

  it('is refused when it has finished, and for an unknown batch', () =>
    inWorld(database, { settings }, async (world, client) => {
      await client.create(requestFor(2));
      await finish(world);
      expect(await client.cancel()).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.cancel('no-such-batch' as BatchId)).toMatchObject({ code: 'NOT_FOUND' });
    }));
});

describe.concurrent('a batch whose failures a retry re-opens', () => {
  it('is cancelled when the retry re-opens what the cancel has just read', () =>
    inWorld(database, { settings: { PAYOUT_MAX_ATTEMPTS: 1 } }, async (world, client) => {
      const resume = await givenASlowRetry(world, client);
      once(world, 'reopen 1', resume);
      expect(await client.cancel()).toMatchObject({ batch: { status: 'cancelling', run: 3 } });
      await expectEnd(world, 'cancelled', { cancelled: 3 });
      await expectSoundEnd(world);
    }));

  it('keeps the failures of the retry when it is cancelled after them', () =>
    inWorld(database, { settings: { ...settings, PAYOUT_MAX_ATTEMPTS: 1 } }, async (world, client) => {
      const resume = await givenASlowRetry(world, client);
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      world.hasWorkers = false;
      // The retry ends after the cancel has read the batch, and before it is stored.
      once(world, 'cancel', async () => {
        await resume();
        await workOnce(world);
      });
      await client.cancel();
      world.hasWorkers = true;
      await finish(world);
      expect((await statusesOf(world)).toSorted()).toEqual(['cancelled', 'failed', 'failed']);
    }));
});

describe.concurrent('a batch that stops or is stopped', () => {
  it('is cancelled at once, and not started again', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(4));
      await workOnce(world);
      await workUntil(world, 'after', 'lease 2');
      await client.stop();
      expect(await statusOf(world)).toBe('stopping');
      await client.cancel();
      world.hasWorkers = true;
      await expectEnd(world, 'partially_completed', { completed: 2, cancelled: 2 });
    }));

  it('is cancelled after it has stopped', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(4));
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      await client.cancel();
      world.hasWorkers = true;
      await expectEnd(world, 'cancelled', { cancelled: 4 });
      expect(await world.arrivals()).toBe(0);
    }));

  it('cancel, start, stop and workers at the same time: one cancel is enough, and the counts add up', () =>
    inWorld(database, { settings, workers: 3 }, async (world, client) => {
      await client.create(requestFor(40));
      await Promise.all([client.stop(), client.start(), client.cancel(), client.start(), client.cancel()]);
      await expectCountsAddUp(world);
      expect(await statusOf(world)).not.toBe('in_progress');
      await finish(world);
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));
});
