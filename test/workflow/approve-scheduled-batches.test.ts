import { describe, expect, it } from 'vitest';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { approvalOf, as, decide, EVERY_BATCH, givenRules } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  type Client,
  expectSoundEnd,
  finish,
  inWorld,
  pass,
  requestFor,
  statusOf,
} from '../support/scenario.ts';
import { eventsOf, HOUR_MS, inMs, ONE_SWEEP_MS, scheduled, stored } from '../support/scheduled-batches.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };

describe.concurrent('a scheduled batch that needs approval', () => {
  const waiting = async (world: World, client: Client, ms: number) => {
    const approving = world.approving(world.deps);
    await givenRules(approving, EVERY_BATCH);
    await as('maker', () => scheduled(world, client, ms));
    return approving;
  };

  it('and is approved before its time waits for it, and cannot be started earlier or moved', () =>
    inWorld(database, { settings }, async (world, client) => {
      const approving = await waiting(world, client, 5 * HOUR_MS);
      const startAt = inMs(world, 5 * HOUR_MS);
      expect(await approving.approvals.read(approvalOf())).toMatchObject({ asked: { change: { start_at: startAt } } });
      expect(await client.schedule(inMs(world, 6 * HOUR_MS))).toMatchObject({ code: 'INVALID_STATE' });
      expect(await decide(approving, 'ana', 'approve')).toMatchObject({ status: 'approved' });
      expect(await stored(world)).toMatchObject({ status: 'scheduled', startAt, run: 0 });
      expect(await world.deps.batches.listOpen()).toEqual([]);
      expect(await client.schedule(inMs(world, 6 * HOUR_MS))).toMatchObject({ code: 'INVALID_STATE' });
      expect(await client.start()).toMatchObject({ code: 'INVALID_STATE' });
      await pass(world, 4 * HOUR_MS);
      expect(await world.arrivals()).toBe(0);
      await pass(world, HOUR_MS + ONE_SWEEP_MS);
      await finish(world);
      await expectSoundEnd(world, 1);
      const of = (type: string) => eventsOf(world, type);
      expect(await of('batch.approved')).toMatchObject([{ principal: { id: 'key_ana' } }]);
      expect(await of('batch.scheduled')).toMatchObject([{ principal: { id: 'key_ana' } }]);
      expect(await of('batch.started')).not.toMatchObject([{ principal: {} }]);
    }));

  it('and is approved after its time starts at once, late', () =>
    inWorld(database, { settings }, async (world, client) => {
      const approving = await waiting(world, client, HOUR_MS);
      await pass(world, 3 * HOUR_MS);
      expect(await statusOf(world)).toBe('awaiting_approval');
      world.hasRecovery = false;
      expect(await decide(approving, 'ana', 'approve')).toMatchObject({ status: 'approved' });
      const { status, startedLateSeconds = 0 } = (await stored(world)) ?? {};
      expect(status).not.toBe('scheduled');
      expect(Math.floor(startedLateSeconds / 60)).toBe(120);
      world.hasRecovery = true;
      await finish(world);
      await expectSoundEnd(world, 1);
    }));

  it('and is rejected, or whose approval lapses, never starts', () =>
    inWorld(database, { settings }, async (world, client) => {
      const approving = await waiting(world, client, HOUR_MS);
      const other = 'lapses' as BatchId;
      await as('maker', () => client.create(requestFor(2, { batchId: other, startAt: inMs(world, 30 * HOUR_MS) })));
      await decide(approving, 'ana', 'reject');
      world.clock.jump(25 * HOUR_MS);
      for (const id of await approving.approvals.listOverdue(world.clock.now())) {
        await recoverApprovals(approving).recover(id, () => {}, Number.POSITIVE_INFINITY);
      }
      await pass(world, 6 * HOUR_MS);
      expect([await statusOf(world), await statusOf(world, other)]).toEqual(['rejected', 'rejected']);
      expect(await world.arrivals()).toBe(0);
      expect((await eventsOf(world, 'batch.rejected')).map(({ subject, data }) => [subject, data.reason])).toEqual([
        [BATCH, 'rejected'],
        [other, 'lapsed'],
      ]);
    }));
});
