import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { pay } from '../../lib/wallets/pay.ts';
import type { WalletDeps } from '../../lib/wallets/ports.ts';
import { readStatement } from '../../lib/wallets/read-statement.ts';
import { refundPayment } from '../../lib/wallets/refund-payment.ts';
import { sweepPayments } from '../../lib/wallets/sweep-payments.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, conflicting } from '../support/faults.ts';
import { recoverAll } from '../support/recovery.ts';
import { ANA, bill, WalletsWorld } from '../support/wallets-world.ts';

const database = await givenADatabase();
const open: WalletsWorld[] = [];
afterAll(() => Promise.all(open.map((world) => world.stop())));

async function newWorld(minor: number, settings = {}): Promise<WalletsWorld> {
  const world = await WalletsWorld.open(database, {
    settings: { GATEWAY_DEADLINE_MS: 2_000, GATEWAY_BUDGET_MS: 8_000, ...settings },
  });
  open.push(world);
  await world.furnish(minor);
  return world;
}

/**
 * Each container of a Lambda has one request at a time. Transactions conflict as on DynamoDB. The patience is longer than in
 * production: here all containers share one busy machine.
 */
function containers(world: WalletsWorld, count: number) {
  const meeting = conflicting(0);
  return Array.from({ length: count }, () => ({
    ...patient(world.newDeps(between(documentClient(), meeting))),
    now: Date.now,
    sleep: (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms)),
    random: Math.random,
    newId: () => crypto.randomUUID(),
  }));
}

const patient = (deps: WalletDeps): WalletDeps => ({ ...deps, policy: { ...deps.policy, patienceMs: 17_000 } });

const codeOf = (error: unknown) => (error instanceof AppError ? error.code : `${error}`);

describe('a wallet that many containers pay from at once', () => {
  it('approves all of 100 payments that its balance covers', async () => {
    const world = await newWorld(1_000);
    const all = containers(world, 100).map(async (deps) => {
      const { payment } = await pay(deps, bill(7), world.newKey(), Date.now() + 28_000);
      return payment.status;
    });
    expect(new Set(await Promise.all(all))).toEqual(new Set(['APPROVED']));
    const { wallets, payments } = await world.audit();
    expect(payments).toHaveLength(100);
    expect([...(wallets[0]?.balances.values() ?? [])]).toEqual([300n]);
  }, 60_000);

  it('approves exactly 10 of 50 payments when its balance covers 10', async () => {
    const world = await newWorld(70);
    const all = containers(world, 50).map((deps) =>
      pay(deps, bill(7), world.newKey(), Date.now() + 28_000).then(({ payment }) => payment.status, codeOf),
    );
    const answers = await Promise.all(all);
    expect(answers.filter((answer) => answer === 'APPROVED')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'INSUFFICIENT_FUNDS')).toHaveLength(40);
    expect((await world.audit()).payments).toHaveLength(10);
  }, 60_000);

  it('debits once for 50 requests with one key', async () => {
    const world = await newWorld(70);
    const all = containers(world, 50).map((deps) =>
      pay(deps, bill(7), 'one' as IdempotencyKey, Date.now() + 28_000).then(({ payment }) => payment.status, codeOf),
    );
    const answers = new Set(await Promise.all(all));
    answers.delete('REQUEST_IN_PROGRESS');
    expect(answers).toEqual(new Set(['APPROVED']));
    expect((await world.audit()).payments).toHaveLength(1);
  }, 60_000);

  it('never refunds more than was paid, for any number of requests at once', async () => {
    const world = await newWorld(100);
    const { payment } = await world.pay(100);
    const all = containers(world, 20).map((deps) =>
      refundPayment(deps, payment.id, 10n, world.newKey()).then(() => 'refunded', codeOf),
    );
    const answers = await Promise.all(all);
    expect(answers.filter((answer) => answer === 'refunded')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'INVALID_STATE')).toHaveLength(10);
    const { wallets } = await world.audit();
    expect([...(wallets[0]?.balances.values() ?? [])]).toEqual([100n]);
  }, 60_000);
});

describe('any number of sweepers at once', () => {
  it.each([
    ['late successes', { mode: 'timeout-after-effect', lookups: 'down' }, 'APPROVED', 880n],
    ['payments that never arrived', { mode: 'timeout', lookups: 'down' }, 'FAILED', 1_000n],
  ])(
    'resolve %s once',
    async (_what, mood, status, left) => {
      const world = await newWorld(1_000, { GATEWAY_DEADLINE_MS: 60, GATEWAY_BUDGET_MS: 200 });
      await world.behave(mood);
      // One after the other: the pause of one payment would be the time that another one has for the gateway.
      for (let paid = 0; paid < 12; paid += 1) expect(await world.pay(10).catch(codeOf)).toBe('GATEWAY_TIMEOUT');
      await world.behave({ mode: 'happy', lookups: 'ok' });
      world.now += 60_000;
      const sweepers = containers(world, 8).map((deps) =>
        recoverAll(sweepPayments, {
          ...deps,
          gateway: world.newDeps(documentClient()).gateway,
          now: () => world.now,
        }),
      );
      const swept = await Promise.all(sweepers);
      expect(swept.map(({ failed }) => failed)).toEqual(Array(8).fill(0));
      await world.sweep();
      const { payments, wallets } = await world.audit();
      expect(payments.map((payment) => payment.status)).toEqual(Array(12).fill(status));
      expect([...(wallets[0]?.balances.values() ?? [])]).toEqual([left]);
    },
    60_000,
  );

  it('leave running payments alone, and payments whose call may still arrive', async () => {
    const world = await newWorld(100, { GATEWAY_DEADLINE_MS: 60, GATEWAY_BUDGET_MS: 200 });
    await world.behave({ mode: 'timeout' });
    await world.pay(10).catch(codeOf);
    expect(await recoverAll(sweepPayments, world.deps)).toMatchObject({ found: 0 });
    world.now += 1_000;
    expect(await recoverAll(sweepPayments, world.deps)).toMatchObject({ found: 1, done: { pending: 1 } });
    world.now += 4_900; // it has arrived by now or never will, but the clock that gave its start may be a second late
    expect(await recoverAll(sweepPayments, world.deps)).toMatchObject({ found: 1, done: { pending: 1 } });
    world.now += 1_100;
    expect(await recoverAll(sweepPayments, world.deps)).toMatchObject({ found: 1, done: { resolved: 1 } });
    expect((await world.audit()).payments).toMatchObject([{ status: 'FAILED', failure: { code: 'NEVER_ARRIVED' } }]);
  });
});

it('shows each line of a statement once, for any page size, while others are added', async () => {
  const world = await newWorld(0);
  for (let nth = 1; nth <= 23; nth += 1) await world.deposit(nth);
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await readStatement(world.deps, ANA, { limit: 5, cursor });
    seen.push(...page.items.map(({ seq }) => seq));
    await world.deposit(1);
    cursor = page.cursor;
  } while (cursor);
  expect(seen).toEqual(Array.from({ length: 23 }, (_, index) => 23 - index));
  await world.pay(5);
  const { items, cursor: none } = await readStatement(world.deps, ANA, { limit: 5, type: 'PAYMENT' });
  expect(items.map(({ amount }) => amount)).toEqual([-5n]);
  expect(none).toBeUndefined();
  await expect(readStatement(world.deps, ANA, { limit: 5, cursor: 'nonsense' })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  });
});
