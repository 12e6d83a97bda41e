import { describe, expect, it } from 'vitest';
import { readAllPayouts, readBatch } from '../../lib/payouts/read-batches.ts';
import { countDeadNotifications, receiveNotification, redriveNotification } from '../../lib/payouts/receive-return.ts';
import { reportCsv, reportJson } from '../../lib/payouts/report.ts';
import { givenADatabase } from '../support/database.ts';
import { aNotification, noticeOf, RAIL_SECRET, signedHeaders } from '../support/notifications.ts';
import { expectApplied, givenPaid, notificationsIn } from '../support/returned-payouts.ts';
import { BATCH, finish, inWorld, once, requestFor, statusesOf } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 3, RAIL_NOTIFICATION_SECRETS: RAIL_SECRET };

/** With this seed the bank refuses the first attempt at the second payout, and pays the other ones. */
const SECOND_IS_REFUSED_ONCE = { mode: 'random', seed: 70 };

async function payoutsOf({ deps }: World) {
  return (await readAllPayouts(deps, BATCH)).payouts.map(({ payout }) => payout);
}

async function noticeFor(world: World, index: number, reference?: string) {
  const payout = (await payoutsOf(world))[index];
  if (!payout) throw new Error(`no payout ${index}`);
  return noticeOf(reference === undefined ? payout : { ...payout, reference });
}

const returnedIn = async (world: World) =>
  (await world.events())
    .filter(({ type }) => type === 'payout.returned')
    .flatMap(({ data }) => data.payouts as object[]);

type Changes = { readonly reference?: string; readonly minor?: bigint };

describe.concurrent('a return', () => {
  it('moves a completed payout and its amount to the returned ones, and leaves the batch completed', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenPaid(world, client, 4);
      expect(await client.notify(await noticeFor(world, 1))).toEqual({ status: 'applied' });

      const whole = await readAllPayouts(world.deps, BATCH);
      const report = reportJson(whole);
      expect(report).toMatchObject({
        status: 'completed',
        counts: { completed: 3, returned: 1, failed: 0 },
        processed: 4,
        successful: 3,
        completed_totals: [{ currency: 'IDR' }],
        returned_totals: [{ currency: 'IDR' }],
      });
      expect(report.details.map(({ status }) => status)).toEqual(['completed', 'returned', 'completed', 'completed']);
      expect(reportCsv(whole).split('\n')[2]).toContain('returned');
      expect(whole.payouts[1]?.payout).toMatchObject({
        bankId: expect.stringMatching(/^BANK-/),
        returned: { code: 'AC04', at: '2026-01-02T03:04:05.000Z' },
      });
      expect(await returnedIn(world)).toMatchObject([{ payout_id: 'b.0001.000002', code: 'AC04', amount: '100001' }]);
      await expectApplied(world);
    }));

  it('has one effect, however often and under however many ids the rail tells of it', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenPaid(world, client);
      const notice = await noticeFor(world, 0);
      const ids = ['R-1', 'R-1', 'R-1', 'R-2', 'R-3'];
      const answers = await Promise.all(ids.map((id) => client.notify(notice, id)));
      expect(new Set(answers.map((answer) => 'status' in answer && answer.status))).toEqual(new Set(['applied']));
      expect(await statusesOf(world)).toEqual(['returned', 'completed', 'completed']);
      expect(await returnedIn(world)).toHaveLength(1);
      await expectApplied(world);
    }));

  it('of every payout of a chunk at once is counted for each of them', () =>
    inWorld(database, { settings: { ...settings, PAYOUT_CHUNK_SIZE: 10 } }, async (world, client) => {
      await givenPaid(world, client, 10);
      const notices = await Promise.all(Array.from({ length: 10 }, (_, index) => noticeFor(world, index)));
      await Promise.all(notices.map((notice, index) => client.notify(notice, `R-${index}`)));
      await expectApplied(world);
      expect(new Set(await statusesOf(world))).toEqual(new Set(['returned']));
      const { batch, counts, chunks } = await readBatch(world.deps, BATCH);
      expect([batch.status, counts.completed, counts.returned]).toEqual(['completed', 0, 10]);
      expect(chunks[0]?.completedAmounts).toEqual(new Map());
    }));

  it('before the payout is completed waits, also while the outcome is unknown', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasReturns = true;
      await world.setBank({ mode: 'timeout-after-effect', lookups: 'down' });
      const early: unknown[] = [];
      once(world, 'commitOutcomes 1', async () => {
        early.push(await client.notify(await noticeFor(world, 0), 'R-early'));
        early.push(await client.notify(await noticeFor(world, 1), 'R-early-2'));
      });
      await client.create(requestFor(3));
      await world.clock.sleep(90_000);
      expect(early).toEqual([{ status: 'waiting' }, { status: 'waiting' }]);
      expect(await statusesOf(world)).toEqual(['unknown', 'unknown', 'unknown']);
      await world.setBank({ mode: 'happy', lookups: 'ok' });
      await finish(world);
      await expectApplied(world);
      expect(await statusesOf(world)).toEqual(['returned', 'returned', 'completed']);
    }));

  it('that a look-up tells of before the payout is completed is stored at once, and its notification changes nothing', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasReturns = true;
      await world.setBank({ mode: 'timeout-after-effect', lookups: 'down' });
      once(world, 'commitOutcomes 1', async () => {
        await world.giveBack('b.0001.000001.1');
        await world.giveBack('b.0001.000002.1', { amount_minor: '1' });
        await world.setBank({ mode: 'happy', lookups: 'ok' });
      });
      await client.create(requestFor(3));
      await finish(world);
      expect(await statusesOf(world)).toEqual(['returned', 'completed', 'completed']);
      const [payout] = await payoutsOf(world);
      if (payout?.status !== 'returned') throw new Error('not returned');
      expect(await client.notify({ ...noticeOf(payout), returned: payout.returned })).toEqual({ status: 'applied' });
      expect(await returnedIn(world)).toHaveLength(1);
      await expectApplied(world);
    }));

  it('waits for the end of a lease on its chunk, and the counters stay right', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasReturns = true;
      await world.setBank(SECOND_IS_REFUSED_ONCE);
      const during: unknown[] = [];
      // Under the lease of the first round the others are completed, and the second one is sent again.
      once(world, 'send b.0001.000002.2', async () => during.push(await client.notify(await noticeFor(world, 0))));
      await client.create(requestFor(3));
      await finish(world);
      expect(during).toEqual([{ status: 'waiting' }]);
      await expectApplied(world);
      expect(await statusesOf(world)).toEqual(['returned', 'completed', 'completed']);
    }));

  it.each<[string, string, Changes]>([
    ['of an unknown reference', 'UNKNOWN_REFERENCE', { reference: 'none.0001.000001.1' }],
    ['of a text that is no reference', 'UNKNOWN_REFERENCE', { reference: 'x' }],
    ['of another attempt', 'OTHER_REFERENCE', { reference: 'b.0001.000001.2' }],
    ['of a part', 'AMOUNT_DIFFERS', { minor: 1n }],
    ['of more', 'AMOUNT_DIFFERS', { minor: 100_001n }],
  ])('%s is a dead letter, which an operator sees', (_what, misfit, { reference, minor }: Changes) =>
    inWorld(database, { settings }, async (world, client) => {
      await givenPaid(world, client);
      const right = await noticeFor(world, 0, reference);
      const notice = minor === undefined ? right : { ...right, money: { ...right.money, minor } };
      for (const _ of [1, 2]) expect(await client.notify(notice)).toMatchObject({ status: 'dead_letter', misfit });
      expect(await statusesOf(world)).toEqual(['completed', 'completed', 'completed']);
      expect((await world.events()).filter(({ type }) => type === 'notification.dead_lettered')).toMatchObject([
        { subject: 'RETURN-1', data: { reason: misfit, reference: notice.reference } },
      ]);
      await expectApplied(world, [misfit]);
      expect(await countDeadNotifications(world.deps)).toEqual({ count: 1, isWhole: true });

      // Redriving it changes nothing unless the cause has gone; the whole amount under another id is applied.
      expect(await redriveNotification(world.deps, 'RETURN-1')).toMatchObject({ status: 'dead_letter', misfit });
      expect(await client.notify(await noticeFor(world, 0), 'RETURN-2')).toEqual({ status: 'applied' });
      await expectApplied(world, [misfit]);
    }),
  );

  it('of a failed payout is a dead letter until retry-failed has paid it and an operator redrives it', () =>
    inWorld(database, { settings: { ...settings, PAYOUT_CHUNK_SIZE: 2 } }, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await givenPaid(world, client, 2);
      expect(await client.notify(await noticeFor(world, 0))).toMatchObject({ misfit: 'NOT_PAID' });
      await world.setBank({ mode: 'happy' });
      await client.retryFailed();
      await finish(world);
      expect(await redriveNotification(world.deps, 'RETURN-1')).toMatchObject({ misfit: 'OTHER_REFERENCE' });
      expect(await client.notify(await noticeFor(world, 0), 'RETURN-2')).toEqual({ status: 'applied' });
      await expectApplied(world, ['OTHER_REFERENCE']);
      expect(await statusesOf(world)).toEqual(['returned', 'completed']);
    }));

  it('beside retry-failed of the same chunk keeps the counters right', () =>
    inWorld(database, { settings: { ...settings, PAYOUT_MAX_ATTEMPTS: 1 } }, async (world, client) => {
      world.hasReturns = true;
      await world.setBank(SECOND_IS_REFUSED_ONCE);
      await client.create(requestFor(3));
      await finish(world);
      expect(await statusesOf(world)).toEqual(['completed', 'failed', 'completed']);
      const notice = await noticeFor(world, 0);
      // After retry-failed has read the payouts, and before it writes the chunk.
      const answers: unknown[] = [];
      once(world, 'reopen 1', async () => answers.push(await client.notify(notice)));
      await client.retryFailed();
      expect(answers).toEqual([{ status: 'applied' }]);
      await finish(world);
      await expectApplied(world);
      expect((await readBatch(world.deps, BATCH)).counts).toMatchObject({ completed: 2, returned: 1, failed: 0 });
    }));

  it('waits at most a day for its payout', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasReturns = true;
      await client.create(requestFor(3, { autoStart: false }));
      expect(await client.notify(await noticeFor(world, 0))).toEqual({ status: 'waiting' });
      world.clock.jump(24 * 60 * 60_000);
      await world.clock.sleep(120_000);
      expect(await notificationsIn(world, 'dead_letter')).toMatchObject([{ misfit: 'NOT_COMPLETED_IN_TIME' }]);
      await client.start();
      await finish(world);
      expect(await redriveNotification(world.deps, 'RETURN-1')).toEqual({ status: 'applied' });
      await expectApplied(world);
    }));
});

describe.concurrent('a notification', () => {
  const receive = ({ deps }: World, body: object, headers: Record<string, string>) => {
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signature = '' } = headers;
    const notice = noticeOf({ reference: 'b.0001.000001.1', money: { minor: 100_000n, currency: 'IDR' as never } });
    return receiveNotification(deps, { id, timestamp, signature }, Buffer.from(JSON.stringify(body)), notice);
  };

  it('is refused without a valid signature of the last five minutes, and nothing is stored', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenPaid(world, client);
      const body = aNotification();
      const now = world.clock.now();
      const refused = [
        {},
        signedHeaders({ ...body, code: 'AC01' }, { now }),
        signedHeaders(body, { now: now - 301_000 }),
        signedHeaders(body, { now: now + 302_000 }),
        signedHeaders(body, { now, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }),
      ];
      for (const headers of refused) {
        await expect(receive(world, body, headers)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      }
      expect(await notificationsIn(world, 'waiting')).toEqual([]);
      expect(await receive(world, body, signedHeaders(body, { now: now - 299_000 }))).toEqual({ status: 'applied' });
    }));

  it('with the id of another one is refused', () =>
    inWorld(database, { settings }, async (world, client) => {
      await givenPaid(world, client);
      await client.notify(await noticeFor(world, 0));
      expect(await client.notify(await noticeFor(world, 1))).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
      expect(await statusesOf(world)).toEqual(['returned', 'completed', 'completed']);
    }));
});
