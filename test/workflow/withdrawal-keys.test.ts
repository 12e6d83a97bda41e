import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { olderKey } from '../../lib/withdrawals/items.ts';
import { readByKey } from '../../lib/withdrawals/read-withdrawals.ts';
import { givenADatabase } from '../support/database.ts';
import { balance, codeOf, playIn } from '../support/withdrawal-cases.ts';
import { ANA, eth, ethRequest } from '../support/withdrawals-world.ts';

const play = playIn(await givenADatabase());
const KEY = 'k' as IdempotencyKey;
const DAY = 24 * 60 * 60_000;

describe('a key', () => {
  it(
    'makes one withdrawal for any number of requests at once',
    play(async (world) => {
      await world.furnish(1_000);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => createWithdrawal(world.deps, ethRequest(400), KEY)),
      );
      expect(new Set(answers.map(({ withdrawal }) => withdrawal.id)).size).toBe(1);
      expect(answers.filter(({ alreadyExists }) => !alreadyExists)).toHaveLength(1);
      const { withdrawals } = await world.settled();
      expect(withdrawals).toHaveLength(1);
      expect(await balance(world)).toBe(600n);
    }),
  );

  it(
    'returns the first withdrawal, and refuses a different request',
    play(async (world) => {
      await world.furnish(1_000);
      const { withdrawal } = await createWithdrawal(world.deps, ethRequest(1_000), KEY);
      await world.settled();
      // The first withdrawal has used up the balance.
      const again = await createWithdrawal(world.deps, ethRequest(1_000), KEY);
      expect(again).toMatchObject({ alreadyExists: true, withdrawal: { id: withdrawal.id, status: 'COMPLETED' } });
      for (const changes of [{ maxRetries: 2 }, { source: 'external' as const }, { money: eth(401) }]) {
        expect(await codeOf(createWithdrawal(world.deps, ethRequest(1_000, changes), KEY))).toBe(
          'IDEMPOTENCY_MISMATCH',
        );
      }
    }),
  );

  it(
    'is scoped to its user',
    play(async (world) => {
      const bob = 'bob' as typeof ANA;
      await world.furnish(1_000);
      await world.furnish(1_000, bob);
      const first = await createWithdrawal(world.deps, ethRequest(400), KEY);
      const second = await createWithdrawal(world.deps, ethRequest(500, { userId: bob }), KEY);
      expect(second.alreadyExists).toBe(false);
      expect(await readByKey(world.deps, { userId: ANA, key: KEY })).toMatchObject({ id: first.withdrawal.id });
      expect(await readByKey(world.deps, { userId: bob, key: KEY })).toMatchObject({ id: second.withdrawal.id });
      await world.settled();
    }),
  );

  it(
    'never expires',
    play(async (world) => {
      await world.furnish(1_000);
      const first = await createWithdrawal(world.deps, ethRequest(400), KEY);
      await world.settled();
      world.clock.jump(400 * DAY);
      const again = await createWithdrawal(world.deps, ethRequest(400), KEY);
      expect(again).toMatchObject({
        alreadyExists: true,
        withdrawal: { id: first.withdrawal.id, status: 'COMPLETED' },
      });
      expect(await readByKey(world.deps, { userId: ANA, key: KEY })).toEqual(again.withdrawal);
      expect(await codeOf(createWithdrawal(world.deps, ethRequest(401), KEY))).toBe('IDEMPOTENCY_MISMATCH');
      expect((await world.settled()).withdrawals).toHaveLength(1);
    }),
  );

  it(
    'of an earlier version refers to its withdrawal for a day',
    play(async (world) => {
      await world.furnish(1_000);
      const first = await createWithdrawal(world.deps, ethRequest(400), 'another' as IdempotencyKey);
      const expiresAt = Math.floor((world.clock.now() + DAY) / 1_000);
      const record = { ...olderKey(ANA, KEY), resource: first.withdrawal.id, fingerprint: 'f', expires_at: expiresAt };
      await world.put('WITHDRAWALS_TABLE', record);
      expect(await readByKey(world.deps, { userId: ANA, key: KEY })).toMatchObject({ id: first.withdrawal.id });
      const again = await createWithdrawal(world.deps, ethRequest(400), KEY);
      expect(again).toMatchObject({ alreadyExists: true, withdrawal: { id: first.withdrawal.id } });
      expect(await codeOf(createWithdrawal(world.deps, ethRequest(401), KEY))).toBe('IDEMPOTENCY_MISMATCH');
      world.clock.jump(DAY);
      expect(await codeOf(readByKey(world.deps, { userId: ANA, key: KEY }))).toBe('NOT_FOUND');
      expect((await createWithdrawal(world.deps, ethRequest(401), KEY)).alreadyExists).toBe(false);
      expect((await world.settled()).withdrawals).toHaveLength(2);
    }),
  );
});
