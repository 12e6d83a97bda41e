import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { KeyLimits } from '../../lib/kernel/principal.ts';
import { PostingGroups } from '../../lib/ledger/index.ts';
import { pay } from '../../lib/wallets/pay.ts';
import { refundPayment } from '../../lib/wallets/refund-payment.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { givenADatabase } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { bill, WalletsWorld } from '../support/wallets-world.ts';
import { eth, ethRequest, WithdrawalsWorld } from '../support/withdrawals-world.ts';

const database = await givenADatabase();
const KEY = 'k' as IdempotencyKey;
const refusal = (error: unknown) => error as AppError;

const limited = (limits: KeyLimits) => aPrincipal({ limits });

/** Runs a test with wallets whose requests have the limits in `by`. At its end the counters must equal the reservations. */
async function withWallets(
  limits: KeyLimits,
  test: (world: WalletsWorld, by: { who: ReturnType<typeof limited> }) => Promise<void>,
) {
  const by = { who: limited(limits) };
  const world = await WalletsWorld.open(database, { principal: () => by.who });
  try {
    await world.furnish(1_000_000);
    await test(world, by);
    await world.audit();
  } finally {
    await world.stop();
  }
}

function expectTenOfFifty(answers: readonly unknown[], most: { limit: string; used: string; asked: string }): void {
  const refused = answers.filter((answer) => answer instanceof AppError);
  expect(refused.map(({ code }) => code)).toEqual(Array(40).fill('LIMIT_EXCEEDED'));
  for (const { details } of refused) expect(details).toMatchObject([most]);
}

describe.concurrent('the daily limit of a key, for payments', () => {
  const most = { limit: '1049', used: '1000', asked: '100', currency: 'IDR' };

  it('is exact when 50 come at once to one wallet', () =>
    withWallets({ maxPerDay: { IDR: '1049' } }, async (world, { who }) => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => world.pay(100).catch(refusal)));
      expectTenOfFifty(answers, most);
      expect(await world.used(who)).toBe(1_000n);
    }));

  it('is exact when 50 come at once to many wallets, in several containers', () =>
    withWallets({ maxPerDay: { IDR: '1049' } }, async (world, { who }) => {
      const users = Array.from({ length: 10 }, (_, nth) => `user-${nth}` as never);
      for (const user of users) await world.furnish(1_000, user);
      const containers = Array.from({ length: 5 }, () => ({ ...world.deps, groups: new PostingGroups() }));
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, nth) => {
          const deps = containers[nth % 5] ?? world.deps;
          return pay(deps, bill(100, users[nth % 10]), world.newKey(), world.deadline).catch(refusal);
        }),
      );
      expectTenOfFifty(answers, most);
      expect(await world.used(who)).toBe(1_000n);
    }));

  it('counts a repeated payment once, and answers it also when the limit is used up', () =>
    withWallets({ maxPerDay: { IDR: '100' } }, async (world, by) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => world.pay(100, KEY).catch(refusal)));
      expect(answers.filter((answer) => answer instanceof AppError && answer.code !== 'REQUEST_IN_PROGRESS')).toEqual(
        [],
      );
      by.who = limited({ maxPerDay: { IDR: '1' }, maxPerPayout: { IDR: '1' } });
      expect(await world.pay(100, KEY)).toMatchObject({ replayed: true });
      expect(await world.used(by.who)).toBe(100n);
    }));

  it('gets a declined payment back', () =>
    withWallets({ maxPerDay: { IDR: '100' } }, async (world, { who }) => {
      await world.behave({ mode: 'declined' });
      expect((await world.pay(100)).payment.status).toBe('DECLINED');
      expect(await world.used(who)).toBe(0n);
      await world.behave({ mode: 'happy' });
      expect((await world.pay(100)).payment.status).toBe('APPROVED');
      expect(await world.used(who)).toBe(100n);
    }));

  it('counts refunds, also of another key’s payment', () =>
    withWallets({}, async (world, by) => {
      const { payment } = await world.pay(100);
      by.who = limited({ maxPerDay: { IDR: '60' }, maxPerPayout: { IDR: '50' } });
      const refund = (minor: bigint | undefined, key: string) =>
        refundPayment(world.deps, payment.id, minor, key as IdempotencyKey).catch(refusal);
      expect(await refund(undefined, 'a')).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [{ path: 'amount', limit: '50', used: '0', asked: '100', currency: 'IDR' }],
      });
      expect(await refund(50n, 'b')).toMatchObject({ replayed: false });
      expect(await refund(50n, 'b')).toMatchObject({ replayed: true });
      expect(await refund(11n, 'c')).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [{ limit: '60', used: '50', asked: '11' }],
      });
      expect(await world.used(by.who)).toBe(50n);
    }));

  it('has no effect on deposits', () =>
    withWallets({ maxPerDay: { IDR: '1' }, maxPerPayout: { IDR: '1' } }, async (world, { who }) => {
      await world.deposit(500);
      expect(await world.used(who)).toBe(0n);
    }));
});

describe.concurrent('the daily limit of a key, for withdrawals', () => {
  const WEI = 10n ** 36n;
  const options = (limits: KeyLimits) => {
    const by = { who: limited(limits) };
    return { by, options: { principal: () => by.who, workers: 2 } };
  };

  it.for(['wallet', 'external'] as const)('is exact for 36 digits when 50 come at once, source %s', async (source) => {
    const { by, options: given } = options({ maxPerDay: { ETH: `${10n * WEI + 49n}` } });
    await WithdrawalsWorld.playing(database, given, async (world) => {
      await world.furnish(100n * WEI);
      const asked = Array.from({ length: 50 }, () => world.withdraw(WEI + 1n, { source }).catch(refusal));
      const used = `${10n * WEI + 10n}`;
      expectTenOfFifty(await Promise.all(asked), { limit: `${10n * WEI + 49n}`, used, asked: `${WEI + 1n}` });
      expect(await world.used(by.who)).toBe(10n * WEI + 10n);
      await world.settled();
    });
  });

  it('gets a failed withdrawal back; a retry reserves it again', async () => {
    const { by, options: given } = options({ maxPerDay: { ETH: '400' } });
    await WithdrawalsWorld.playing(database, given, async (world) => {
      await world.furnish(1_000);
      await world.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
      const { id } = await world.withdraw(400);
      expect(await world.used(by.who)).toBe(400n);
      await world.settled();
      expect(await world.used(by.who)).toBe(0n);
      await world.behave({ mode: 'happy' });
      const other = await createWithdrawal(world.deps, ethRequest(1), KEY);
      expect(await retryWithdrawal(world.deps, id).catch(refusal)).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [{ limit: '400', used: '1', asked: '400', currency: 'ETH' }],
      });
      expect(await world.read(id)).toMatchObject({ status: 'FAILED' });
      by.who = limited({ maxPerDay: { ETH: '401' } });
      expect(await retryWithdrawal(world.deps, id)).toMatchObject({ status: 'RETRYING' });
      expect(await createWithdrawal(world.deps, ethRequest(1), KEY)).toMatchObject({
        alreadyExists: true,
        withdrawal: { id: other.withdrawal.id },
      });
      await world.settled();
      expect(await world.used(by.who)).toBe(401n);
    });
  });

  it('refuses more than the limit of one payout', async () => {
    const { options: given } = options({ maxPerPayout: { ETH: '399' } });
    await WithdrawalsWorld.playing(database, given, async (world) => {
      await world.furnish(1_000);
      expect(await world.withdraw(400).catch(refusal)).toMatchObject({
        code: 'LIMIT_EXCEEDED',
        details: [{ path: 'amount', limit: '399', used: '0', asked: `${eth(400).minor}`, currency: 'ETH' }],
      });
      expect(await world.withdrawals()).toEqual([]);
    });
  });
});
