import { describe, expect, it } from 'vitest';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import type { ClaimKey } from '../../lib/payouts/claim.ts';
import { findPayouts, type Wanted } from '../../lib/payouts/find-payouts.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { ClaimKind, Instruction, SearchedStatus } from '../../lib/payouts/payout.ts';
import { listPayouts, readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between } from '../support/faults.ts';
import { BATCH, Client, finish, inWorld, requestFor } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 5 };
const idOf = (name: string) => name as BatchId;

/** One payout with an id and a sale, which it claims unless `claims` says otherwise. */
function one(batchId: string, claims: readonly ClaimKind[] = ['external_id', 'transaction_id']): BatchRequest {
  const [template] = requestFor(1).instructions;
  const instruction: Instruction = {
    ...(template as Instruction),
    externalId: 'salary',
    transactionIds: ['sale'],
    claims,
  };
  return {
    batchId,
    autoStart: true,
    duplicates: claims.length === 0 ? 'allow' : 'reject',
    instructions: [instruction],
  };
}

const keys: readonly ClaimKey[] = [
  { kind: 'external_id', value: 'salary' },
  { kind: 'transaction_id', value: 'sale' },
];

/** Reads all pages. */
async function find(world: World, wanted: Wanted, limit = 50, from?: string) {
  const shown: string[] = [];
  let cursor = from;
  do {
    const page = await findPayouts(world.deps, wanted, { limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    shown.push(...page.items.map(({ payout, status }) => `${payout.id} ${status}`));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return shown;
}

async function pay(world: World, request: BatchRequest, bank: Parameters<World['setBank']>[0]) {
  await world.setBank(bank);
  await new Client(world).create(request);
  await finish(world, idOf(request.batchId as string));
}

const blocked = { mode: 'declined', code: 'ACCOUNT_BLOCKED' } as const;
const limited = { mode: 'declined', code: 'RATE_LIMITED' } as const;

describe.concurrent('payouts by a key', () => {
  it('are the one that has it, then those that had it before, the newest first, at any page size', () =>
    inWorld(database, { settings }, async (world) => {
      for (const key of keys) expect(await find(world, { key })).toEqual([]);
      await pay(world, one('first'), blocked);
      await pay(world, one('second'), limited);
      await pay(world, one('third'), { mode: 'happy' });
      const [first, second, third] = ['first', 'second', 'third'].map((batch) => `${batch}.0001.000001`);
      for (const key of keys) {
        for (const limit of [1, 2, 3, 50]) {
          expect(await find(world, { key }, limit)).toEqual([
            `${third} completed`,
            `${second} failed`,
            `${first} failed`,
          ]);
        }
      }
      expect(await find(world, { key: { kind: 'external_id', value: 'sale' } })).toEqual([]);
    }));

  it('are each shown once, also one that got the key back', () =>
    inWorld(database, { settings }, async (world) => {
      await pay(world, one('first'), limited);
      await pay(world, one('second'), blocked);
      await world.setBank({ mode: 'happy' });
      await retryFailed(world.deps, idOf('first'));
      await finish(world, idOf('first'));
      for (const key of keys) {
        expect(await find(world, { key }, 1)).toEqual(['first.0001.000001 completed', 'second.0001.000001 failed']);
      }
    }));

  it('are only those that claimed it', () =>
    inWorld(database, { settings }, async (world) => {
      await pay(world, one('first', []), { mode: 'happy' });
      await pay(world, one('second', ['transaction_id']), { mode: 'happy' });
      const [byId, bySale] = await Promise.all(keys.map((key) => find(world, { key })));
      expect([byId, bySale]).toEqual([[], ['second.0001.000001 completed']]);
    }));

  it('are none if the payout that got the key was never stored, nor if another payout has its place by now', () =>
    inWorld(database, { settings }, async (world) => {
      const [key] = keys as [ClaimKey];
      const claim = { ...key, holder: 'gone.0001.000001' as never, run: 0, stamp: 's', earlier: [] };
      await world.deps.claims.take([{ claim, seen: undefined }]);
      expect(await find(world, { key })).toEqual([]);
      await pay(world, requestFor(1, { batchId: 'gone' }), { mode: 'happy' });
      expect(await find(world, { key })).toEqual([]);
    }));

  it('refuse a cursor of another list', () =>
    inWorld(database, { settings }, async (world) => {
      await pay(world, one('first'), { mode: 'happy' });
      for (const key of [...keys, { kind: 'external_id', value: 'unused' } as const]) {
        const page = findPayouts(world.deps, { key }, { limit: 1, cursor: 'eA' });
        await expect(page).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
      }
    }));
});

/** The payouts of these batches in a status, those whose last change is the longest ago first. */
async function expected(world: World, status: SearchedStatus, batches: readonly string[]) {
  const all = await Promise.all(batches.map((batch) => readAllPayouts(world.deps, idOf(batch))));
  return all
    .flatMap(({ payouts }) => payouts)
    .filter((each) => each.status === status)
    .map(({ payout }) => [`${payout.updatedAt}#${payout.id}`, `${payout.id} ${status}`] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, shown]) => shown);
}

describe.concurrent('payouts by a status', () => {
  it('are each listed once, the oldest change first, across batches and at any page size', { timeout: 60_000 }, () =>
    inWorld(database, { settings, workers: 2 }, async (world) => {
      const batches = ['a', 'b', 'c'];
      await pay(world, requestFor(30, { batchId: 'a' }), blocked);
      await pay(world, requestFor(30, { batchId: 'b' }), { mode: 'happy' });
      await pay(world, requestFor(30, { batchId: 'c' }), blocked);
      const failed = await expected(world, 'failed', batches);
      expect(failed).toHaveLength(60);
      for (const limit of [1, 2, 7, 50]) expect(await find(world, { status: 'failed' }, limit)).toEqual(failed);
      expect(await find(world, { status: 'unknown' })).toEqual([]);
    }),
  );

  it('leave the list of unknown ones when the rail answers, and that of failed ones when they are retried', () =>
    inWorld(database, { settings }, async (world, client) => {
      await world.setBank({ mode: 'garbage', lookups: 'down' });
      await client.create(requestFor(5));
      const isUnknown = async () => (await find(world, { status: 'unknown' })).length === 5;
      await world.until(isUnknown, 60_000, async () => 'none is unknown');
      expect(await find(world, { status: 'unknown' }, 2)).toEqual(await expected(world, 'unknown', [BATCH]));
      await world.setBank({ mode: 'declined', code: 'RATE_LIMITED', lookups: 'ok' });
      await finish(world);
      expect(await find(world, { status: 'unknown' })).toEqual([]);
      expect(await find(world, { status: 'failed' }, 2)).toEqual(await expected(world, 'failed', [BATCH]));
      await world.setBank({ mode: 'happy' });
      await client.retryFailed();
      await finish(world);
      expect(await find(world, { status: 'failed' })).toEqual([]);
    }));

  it('are listed where they are now, if they change after the index was read', async () => {
    let change: (() => Promise<void>) | undefined;
    const dynamo = between(documentClient(), async (command, pass, input) => {
      const isOfList = command === 'BatchGetItemCommand' && JSON.stringify(input).includes('PAYOUT#');
      const changeNow = isOfList ? change : undefined;
      if (changeNow) change = undefined;
      await changeNow?.();
      return pass();
    });
    await inWorld(database, { settings, dynamo }, async (world) => {
      await pay(world, requestFor(5), limited);
      const before = await find(world, { status: 'failed' });
      change = async () => {
        await world.clock.sleep(1_000);
        await retryFailed(world.deps, BATCH);
        await finish(world);
      };
      const first = await findPayouts(world.deps, { status: 'failed' }, { limit: 2 });
      expect(first).toMatchObject({ items: [], cursor: expect.any(String) });
      const rest = await find(world, { status: 'failed' }, 2, first.cursor);
      expect(rest.toSorted()).toEqual(before.toSorted());
      await world.setBank({ mode: 'happy' });
      change = async () => {
        await retryFailed(world.deps, BATCH);
        await finish(world);
      };
      expect(await find(world, { status: 'failed' })).toEqual([]);
    });
  });

  it('refuse a cursor of another list', () =>
    inWorld(database, { settings }, async (world) => {
      await pay(world, requestFor(3), blocked);
      const { cursor } = await findPayouts(world.deps, { status: 'failed' }, { limit: 1 });
      expect(cursor).toBeDefined();
      const forged = [cursor, 'eA', Buffer.from('unknown 2026-11-20T10:00:00.000Z#b').toString('base64url')];
      for (const given of forged) {
        const page = findPayouts(world.deps, { status: 'unknown' }, { limit: 1, cursor: given });
        await expect(page).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
      }
    }));
});

describe.concurrent('payouts of a batch', () => {
  it('are those of its own list, also by any status', () =>
    inWorld(database, { settings }, async (world) => {
      await pay(world, requestFor(7), { mode: 'happy' });
      for (const status of [undefined, 'completed', 'failed'] as const) {
        const { payouts } = await listPayouts(world.deps, BATCH, { status, limit: 50 });
        const own = payouts.map((each) => `${each.payout.id} ${each.status}`);
        expect(await find(world, { batchId: BATCH, status }, 3)).toEqual(own);
      }
      const missing = findPayouts(world.deps, { batchId: idOf('none') }, { limit: 1 });
      await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }));
});
