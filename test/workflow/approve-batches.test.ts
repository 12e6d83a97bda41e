import { describe, expect, it } from 'vitest';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import { approvalOf, as, decide, EVERY_BATCH, givenRules } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import {
  BATCH,
  type Client,
  expectSoundEnd,
  finish,
  inWorld,
  reach,
  requestFor,
  statusOf,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const HOUR_MS = 3_600_000;

const create = (client: Client, request: BatchRequest) => as('maker', () => client.create(request));
const waits = async (world: World) => (await statusOf(world)) === 'awaiting_approval';

/** Every path on which a batch can be sent. */
async function tryToSend(world: World, client: Client): Promise<void> {
  await as('maker', async () => {
    await client.create(requestFor(4));
    await client.start();
    await client.retryFailed();
    await client.redrive();
    await client.stop();
  });
  await world.queue.send([
    { batchId: BATCH, chunk: 1, run: 0, round: 0 },
    { batchId: BATCH, chunk: 1, run: 1 },
  ]);
  await world.clock.sleep(5 * 60_000); // workers and recovery run
}

describe.concurrent('a batch that meets a rule', () => {
  it('waits, and no path sends anything of it', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, EVERY_BATCH);
      expect(await create(client, requestFor(4))).toMatchObject({ batch: { approval: { id: approvalOf() } } });
      await tryToSend(world, client);
      expect(await statusOf(world)).toBe('awaiting_approval');
      expect(await client.start()).toMatchObject({ code: 'INVALID_STATE' });
      expect(await world.arrivals()).toBe(0);
    }));

  it('is paid after one other person has approved it, exactly once', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, EVERY_BATCH);
      await create(client, requestFor(4));
      const answers = await Promise.all([decide(approving, 'ana', 'approve'), decide(approving, 'ana', 'approve')]);
      expect(answers).toMatchObject([{ status: 'approved' }, { status: 'approved' }]);
      expect(await decide(approving, 'ben', 'reject')).toMatchObject({ code: 'INVALID_STATE' });
      await finish(world);
      await expectSoundEnd(world, 1);
      const events = (await world.events()).filter(({ type }) => type.startsWith('approval.'));
      expect(events.map(({ type, principal }) => [type, principal?.id])).toEqual([
        ['approval.approved', 'key_ana'],
        ['approval.requested', 'key_maker'],
      ]);
    }));

  it('that is not started by its request is created by the approval, and waits for start', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, EVERY_BATCH);
      await create(client, requestFor(4, { autoStart: false }));
      await decide(approving, 'ana', 'approve');
      await world.clock.sleep(5 * 60_000);
      expect(await statusOf(world)).toBe('created');
      expect(await world.arrivals()).toBe(0);
      await client.start();
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('is not approved by its maker, nor twice by one person, nor for other content', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, { ...EVERY_BATCH, approvers: 2 });
      await create(client, requestFor(2));
      expect(await decide(approving, 'maker', 'approve')).toMatchObject({ code: 'FORBIDDEN' });
      expect(await decide(approving, 'maker', 'reject')).toMatchObject({ code: 'FORBIDDEN' });
      expect(await decide(approving, 'ana', 'approve', { digest: '0'.repeat(64) })).toMatchObject({
        code: 'INVALID_STATE',
      });
      expect(await decide(approving, 'ana', 'approve')).toMatchObject({ status: 'waiting' });
      expect(await decide(approving, 'ana', 'approve')).toMatchObject({ status: 'waiting', decisions: { length: 1 } });
      expect(await waits(world)).toBe(true);
      expect(await decide(approving, 'ben', 'approve')).toMatchObject({ status: 'approved' });
      await finish(world);
    }));

  it('is rejected by one person, for ever', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, { ...EVERY_BATCH, approvers: 2 });
      await create(client, requestFor(4));
      await decide(approving, 'ana', 'approve');
      expect(await decide(approving, 'ben', 'reject')).toMatchObject({ status: 'rejected' });
      expect(await decide(approving, 'cleo', 'approve')).toMatchObject({ code: 'INVALID_STATE' });
      await tryToSend(world, client);
      expect(await statusOf(world)).toBe('rejected');
      expect(await world.arrivals()).toBe(0);
    }));

  it('lapses: a recovery ends it, and an approval that comes too late does too', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, EVERY_BATCH);
      await create(client, requestFor(4));
      await recoverAll(recoverApprovals, approving);
      expect(await waits(world)).toBe(true);
      world.clock.jump(25 * HOUR_MS);
      const [late] = await Promise.all([decide(approving, 'ana', 'approve'), recoverAll(recoverApprovals, approving)]);
      expect(late).toMatchObject({ code: 'INVALID_STATE' });
      expect(await statusOf(world)).toBe('rejected');
      expect(await approving.approvals.read(approvalOf())).toMatchObject({ status: 'lapsed', decisions: [] });
      expect((await world.events()).filter(({ type }) => type === 'approval.lapsed')).toHaveLength(1);
    }));

  it('keeps the maker and the rules of its first request when another person repeats it', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, EVERY_BATCH);
      await as('maker', () =>
        world.dieAt('after', 'insertChunks', (deps) => createBatch(deps, requestFor(4), undefined)),
      );
      await givenRules(approving);
      world.clock.jump(60_000);
      await as('other', () => client.create(requestFor(4)));
      expect(await decide(approving, 'maker', 'approve')).toMatchObject({ code: 'FORBIDDEN' });
      expect(await decide(approving, 'other', 'approve')).toMatchObject({ status: 'approved', policyVersion: 1 });
    }));
});

describe.concurrent('the rules', () => {
  const rules = [
    { ...EVERY_BATCH, currency: 'IDR' as Currency, totalFrom: 300_000n },
    { ...EVERY_BATCH, currency: 'IDR' as Currency, largestFrom: 200_000n, approvers: 2 },
    { ...EVERY_BATCH, newPayee: true, currency: 'PHP' as Currency },
  ];

  it('count the whole, the largest payout, and only their currency', () =>
    inWorld(database, {}, async (world, client) => {
      await givenRules(world.approving(world.deps), ...rules);
      const answer = await create(client, requestFor(2));
      expect(answer).not.toHaveProperty('batch.approval');
      const large = requestFor(1);
      const [one] = large.instructions;
      const money = { minor: 300_000n, currency: 'IDR' as Currency };
      const instructions = one ? [{ ...one, money }] : [];
      const waiting = await create(client, { ...large, batchId: 'large', instructions });
      expect(waiting).toMatchObject({ batch: { approval: { approvers: 2 } } });
      await finish(world);
    }));

  it('know whom the service has paid', () =>
    inWorld(database, {}, async (world, client) => {
      const approving = world.approving(world.deps);
      await givenRules(approving, { ...EVERY_BATCH, newPayee: true });
      await create(client, requestFor(2));
      expect(await approving.approvals.read(approvalOf())).toMatchObject({ asked: { count: 2, newCount: 2 } });
      await decide(approving, 'ana', 'approve');
      await finish(world);
      const again = await create(client, { ...requestFor(2), batchId: 'again' });
      expect(again).not.toHaveProperty('batch.approval');
      const three = await create(client, { ...requestFor(3), batchId: 'third' });
      expect(three).toMatchObject({ batch: { approval: { approvers: 1 } } });
      expect(await approving.approvals.read(approvalOf('third' as typeof BATCH))).toMatchObject({
        asked: { count: 3, newCount: 1, new: [{ payee: 'vendor-3', account: '****0302' }] },
      });
      await reach(world, (status) => status === 'completed', 'again' as typeof BATCH);
    }));

  it('look up the payees of a request once', () =>
    inWorld(database, {}, async (world) => {
      const { deps } = world;
      await givenRules(world.approving(deps), { ...EVERY_BATCH, newPayee: true });
      let lookUps = 0;
      const unknownAmong: typeof deps.knownPayees.unknownAmong = (names) => {
        lookUps += 1;
        return deps.knownPayees.unknownAmong(names);
      };
      const counting = { ...deps, knownPayees: { ...deps.knownPayees, unknownAmong } };
      await as('maker', () => createBatch(counting, requestFor(2), undefined));
      expect(await deps.approvals.read(approvalOf())).toMatchObject({ asked: { newCount: 2 } });
      expect(lookUps).toBe(1);
    }));
});
