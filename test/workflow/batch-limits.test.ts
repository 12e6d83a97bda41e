import { describe, expect, it } from 'vitest';
import { dayOf } from '../../lib/kernel/day.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { KeyId, KeyLimits, Principal } from '../../lib/kernel/principal.ts';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { Instruction } from '../../lib/payouts/payout.ts';
import { givenADatabase } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { BATCH, type Client, finish, inWorld, once, requestFor, statusOf } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const KEY = 'key_of_payroll' as KeyId;
const DAY_MS = 24 * 60 * 60 * 1_000;

const limited = (limits: KeyLimits, keyId = KEY): Principal => aPrincipal({ keyId, limits });

/** A batch of payouts of 100 minor units each. */
function batchOf(id: string, payouts: number, changes: Partial<BatchRequest> = {}): BatchRequest {
  const { instructions } = requestFor(payouts);
  const money = { minor: 100n, currency: 'IDR' as Currency };
  return { batchId: id, autoStart: false, instructions: instructions.map((each) => ({ ...each, money })), ...changes };
}

/** Runs a test whose clients use the key in `as`. */
function withKey(
  limits: KeyLimits,
  test: (world: World, client: Client, as: { who: Principal }) => Promise<void>,
): Promise<void> {
  const as = { who: limited(limits) };
  const settings = { PAYOUT_CHUNK_SIZE: 2 };
  return inWorld(database, { settings, principal: () => as.who }, async (world, client) => {
    await test(world, client, as);
    expect(await world.limitProblems()).toEqual([]);
  });
}

const usedToday = async (world: World) => (await world.used(KEY, dayOf(world.clock.now()))).get('IDR') ?? 0n;

describe.concurrent('the daily limit of a key', () => {
  it('is exact when 50 batches come at once', () =>
    withKey({ maxPerDay: { IDR: '2150' } }, async (world) => {
      const create = (_: unknown, nth: number) =>
        createBatch(world.deps, batchOf(`b-${nth}`, 2), undefined).catch((error: unknown) => error as AppError);
      const answers = await Promise.all(Array.from({ length: 50 }, create));
      const refused = answers.filter((answer) => answer instanceof AppError);
      expect(refused).toHaveLength(40);
      for (const { code, details } of refused) {
        expect(code).toBe('LIMIT_EXCEEDED');
        expect(details).toMatchObject([{ limit: '2150', used: '2000', asked: '200', currency: 'IDR' }]);
      }
      expect(await usedToday(world)).toBe(2_000n);
      expect((await world.deps.batches.list({ limit: 50 })).items).toHaveLength(10);
    }));

  it('counts a repeated batch once, and answers it also when the limit is used up', () =>
    withKey({ maxPerDay: { IDR: '200' }, maxPerPayout: { IDR: '100' } }, async (world, client, as) => {
      await client.create(batchOf('b-1', 2));
      expect(await client.create(batchOf('b-1', 2))).toMatchObject({ replayed: true });
      as.who = limited({ maxPerDay: { IDR: '1' }, maxPerPayout: { IDR: '1' } });
      expect(await client.create(batchOf('b-1', 2))).toMatchObject({ replayed: true });
      expect(await client.create(batchOf('b-1', 1))).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
      expect(await client.create(batchOf('b-2', 1))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(await usedToday(world)).toBe(200n);
    }));

  it('gets back what a batch reserved that was refused while it was stored', () =>
    withKey({ maxPerDay: { IDR: '300' } }, async (world, client) => {
      const [invoice] = batchOf('b-1', 1).instructions;
      const instructions = [{ ...invoice, externalId: 'invoice-1', claims: ['external_id'] }] as Instruction[];
      await client.create(batchOf('b-1', 1, { instructions }));
      const again = batchOf('b-2', 1, { instructions, duplicates: 'reject' });
      expect(await client.create(again)).toMatchObject({ code: 'DUPLICATE' });
      expect(await usedToday(world)).toBe(100n);
    }));

  it('does not count other currencies, days and keys', () =>
    withKey({ maxPerDay: { IDR: '200' } }, async (world, client, as) => {
      const inReais = batchOf('b-0', 1).instructions.map((each) => ({
        ...each,
        money: { minor: 10_000n, currency: 'BRL' as Currency },
      }));
      expect(await client.create(batchOf('b-0', 1, { instructions: inReais }))).toMatchObject({ replayed: false });
      expect(await client.create(batchOf('b-1', 2))).toMatchObject({ replayed: false });
      expect(await client.create(batchOf('b-2', 1))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      as.who = limited({ maxPerDay: { IDR: '200' } }, 'key_of_another' as KeyId);
      expect(await client.create(batchOf('b-3', 2))).toMatchObject({ replayed: false });
      as.who = limited({ maxPerDay: { IDR: '200' } });
      world.clock.jump(DAY_MS);
      expect(await client.create(batchOf('b-4', 2))).toMatchObject({ replayed: false });
    }));

  it('refuses what is more than the limit by itself, and stores nothing', () =>
    withKey({ maxPerDay: { IDR: '200' } }, async (world, client) => {
      expect(await client.create(batchOf('b-1', 3))).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [{ limit: '200', used: '0', asked: '300' }],
      });
      expect(await statusOf(world, 'b-1' as BatchId)).toBeUndefined();
      expect(await usedToday(world)).toBe(0n);
    }));

  it('gets back what failed when the batch ends; retry-failed reserves it again', () =>
    withKey({ maxPerDay: { IDR: '400' } }, async (world, client) => {
      once(world, 'commitOutcomes 1', () => world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' }));
      await client.create(batchOf(BATCH, 4, { autoStart: true }));
      expect(await usedToday(world)).toBe(400n);
      await finish(world);
      expect(await usedToday(world)).toBe(200n);

      const day = dayOf(world.clock.now());
      world.clock.jump(DAY_MS);
      await world.setBank({ mode: 'happy' });
      expect(await client.retryFailed()).toMatchObject({ reopened: 2 });
      expect(await usedToday(world)).toBe(200n);
      await finish(world);
      expect(await usedToday(world)).toBe(200n);
      expect((await world.used(KEY, day)).get('IDR')).toBe(200n);
    }));

  it('refuses a retry-failed before anything is re-opened', () =>
    withKey({ maxPerDay: { IDR: '400' } }, async (world, client, as) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await client.create(batchOf(BATCH, 4, { autoStart: true }));
      await finish(world);
      expect(await usedToday(world)).toBe(0n);
      const before = await world.deps.batches.read(BATCH);
      await client.create(batchOf('b-2', 1));
      expect(await client.retryFailed()).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [{ limit: '400', used: '100', asked: '400' }],
      });
      as.who = limited({ maxPerPayout: { IDR: '99' } });
      expect(await client.retryFailed()).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [0, 1, 2, 3].map((index) => ({ path: `payouts[${index}].amount`, limit: '99', asked: '100' })),
      });
      expect(await world.deps.batches.read(BATCH)).toEqual(before);
    }));

  it('gives back nothing of a run that another key without limits has made', () =>
    withKey({ maxPerDay: { IDR: '400' } }, async (world, client, as) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      as.who = limited({});
      await client.create(batchOf(BATCH, 4, { autoStart: true }));
      await finish(world);
      as.who = limited({ maxPerDay: { IDR: '400' } });
      await world.setBank({ mode: 'happy' });
      once(world, 'commitOutcomes 1', () => world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' }));
      await client.retryFailed();
      await finish(world);
      expect(await usedToday(world)).toBe(200n);
      as.who = limited({});
      await client.retryFailed();
      await finish(world);
      expect(await usedToday(world)).toBe(200n);
    }));
});

describe.concurrent('the limit of one payout', () => {
  it('names every payout above it, and stores nothing', () =>
    withKey({ maxPerPayout: { IDR: '100', BRL: '5' } }, async (world, client) => {
      const { instructions } = batchOf('b-1', 4);
      const more = (at: number, minor: bigint, currency: string) => {
        const each = instructions[at];
        if (!each) throw new Error('there are four');
        return { ...each, money: { minor, currency: currency as Currency } };
      };
      const mixed = [more(0, 101n, 'IDR'), more(1, 100n, 'IDR'), more(2, 6n, 'BRL'), more(3, 7n, 'PHP')];
      expect(await client.create(batchOf('b-1', 4, { instructions: mixed }))).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [
          { path: 'payouts[0].amount', limit: '100', asked: '101', currency: 'IDR' },
          { path: 'payouts[2].amount', limit: '5', asked: '6', currency: 'BRL' },
        ],
      });
      expect(await statusOf(world, 'b-1' as BatchId)).toBeUndefined();
    }));
});
