import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { createProvider } from '../../lib/wallets/create-provider.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import { openWallet } from '../../lib/wallets/open-wallet.ts';
import { pay } from '../../lib/wallets/pay.ts';
import { refundPayment } from '../../lib/wallets/refund-payment.ts';
import { givenADatabase } from '../support/database.ts';
import { IDR, PLN, WalletsWorld } from '../support/wallets-world.ts';

const RUNS = 60;
const STEPS = 60;

const database = await givenADatabase();

const USERS = ['ana', 'ben'] as UserId[];
const USD = 'USD' as Currency;

const user = fc.constantFrom(...USERS);
const currency = fc.constantFrom(IDR, IDR, USD);
const amount = fc.bigInt({ min: 1n, max: 400n });
/** Few keys, so that they collide. */
const key = fc.oneof(
  { weight: 4, arbitrary: fc.uuid() },
  { weight: 1, arbitrary: fc.constantFrom('k-1', 'k-2') },
) as fc.Arbitrary<IdempotencyKey>;
const mood = fc.constantFrom(
  ...[{ mode: 'happy' }, { mode: 'happy' }, { mode: 'declined' }, { mode: '500' }, { mode: 'garbage' }],
  ...[{ mode: 'random' }, { mode: 'timeout' }, { mode: 'timeout-after-effect' }],
  ...[{ lookups: 'down' }, { lookups: 'ok' }],
);

type Step =
  | {
      readonly kind: 'deposit';
      readonly user: UserId;
      readonly currency: Currency;
      readonly amount: bigint;
      readonly key: IdempotencyKey;
    }
  | {
      readonly kind: 'pay';
      readonly user: UserId;
      readonly currency: Currency;
      readonly amount: bigint;
      readonly key: IdempotencyKey;
    }
  | { readonly kind: 'refund'; readonly nth: number; readonly amount: bigint | undefined; readonly key: IdempotencyKey }
  | { readonly kind: 'mood'; readonly mood: object }
  | { readonly kind: 'sweep' };

const money = { user, currency, amount, key };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deposit' as const), ...money }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('pay' as const), ...money }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('refund' as const),
      nth: fc.nat(20),
      amount: fc.option(amount, { nil: undefined }),
      key,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('mood' as const), mood }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'sweep' as const }) },
);

/** The errors that a client may get. Any other one is a bug. */
const CLIENT_ERRORS = new Set([
  ...['INSUFFICIENT_FUNDS', 'IDEMPOTENCY_MISMATCH', 'REQUEST_IN_PROGRESS', 'GATEWAY_ERROR', 'GATEWAY_TIMEOUT'],
  ...['INVALID_STATE', 'NOT_FOUND'],
  'RATE_LIMITED', // a sweep lets a minute pass, perhaps during the first call of a payment
]);

async function take(world: WalletsWorld, each: Step, paid: string[]): Promise<void> {
  try {
    switch (each.kind) {
      case 'deposit': {
        const given = { minor: each.amount, currency: each.currency };
        await deposit(world.deps, { userId: each.user, money: given }, each.key);
        return;
      }
      case 'pay': {
        const money = { minor: each.amount, currency: each.currency };
        const bill = { userId: each.user, providerId: PLN, externalReference: 'bill', money };
        paid.push((await pay(world.deps, bill, each.key, world.deadline)).payment.id);
        return;
      }
      case 'refund':
        await refundPayment(world.deps, paid[each.nth % Math.max(1, paid.length)] ?? 'pay_none', each.amount, each.key);
        return;
      case 'mood':
        return await world.behave(each.mood);
      case 'sweep':
        expect((await world.sweep()).failed).toBe(0);
    }
  } catch (error) {
    if (!(error instanceof AppError && CLIENT_ERRORS.has(error.code))) throw error;
  }
}

it(`keeps every promise through ${RUNS * STEPS} deposits, payments, refunds, gateway failures and sweeps`, async () => {
  const groups = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 20, maxLength: STEPS / 2 });
  await fc.assert(
    fc.asyncProperty(groups, async (together) => {
      const world = await WalletsWorld.open(database, {
        settings: { GATEWAY_DEADLINE_MS: 25, GATEWAY_BUDGET_MS: 200 },
      });
      try {
        await createProvider(world.deps, { id: PLN, name: 'PLN' });
        for (const userId of USERS) await openWallet(world.deps, { userId, currency: IDR });
        const paid: string[] = [];
        for (const steps of together) await Promise.all(steps.map((each) => take(world, each, paid)));
        await world.audit();
        await world.behave({ mode: 'happy', lookups: 'ok' });
        // The gateway answers within 25 ms unless the machine is busy; then the next sweep looks up again.
        const pending = async () => (await world.audit()).payments.filter(({ status }) => status === 'PENDING');
        for (let sweeps = 1; sweeps <= 20 && (await pending()).length > 0; sweeps += 1) await world.sweep();
        expect(await pending()).toEqual([]);
      } finally {
        await world.stop();
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 300_000);
