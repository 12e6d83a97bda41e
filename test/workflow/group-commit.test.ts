import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { PostingGroups } from '../../lib/ledger/index.ts';
import { concludePayment } from '../../lib/wallets/charge-payment.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import { pay } from '../../lib/wallets/pay.ts';
import type { PendingPayment } from '../../lib/wallets/payment.ts';
import type { WalletDeps } from '../../lib/wallets/ports.ts';
import { refundPayment } from '../../lib/wallets/refund-payment.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelled } from '../support/faults.ts';
import { ANA, bill, IDR, idr, WalletsWorld } from '../support/wallets-world.ts';

const database = await givenADatabase();
const open: WalletsWorld[] = [];
afterAll(() => Promise.all(open.map((world) => world.stop())));

/** Fails the transaction if it returns an error. */
type Strike = (nth: number) => Error | undefined;

/** One process, whose transactions are recorded: each with the number of its items. */
async function oneProcess(minor: number, strike: Strike = () => undefined, deadlineMs = 2_000) {
  const world = await WalletsWorld.open(database, {
    settings: { GATEWAY_DEADLINE_MS: deadlineMs, GATEWAY_BUDGET_MS: 4 * deadlineMs },
  });
  open.push(world);
  await world.furnish(minor);
  const transactions: number[] = [];
  /** The number of entries in each that has some. */
  const posted: number[] = [];
  let isHeld: Promise<void> | undefined;
  const client = between(documentClient(), async (command, pass, input) => {
    if (command !== 'TransactWriteItemsCommand') return pass();
    const { TransactItems } = input as { TransactItems: unknown[] };
    transactions.push(TransactItems.length);
    const entries = JSON.stringify(TransactItems).split('"ENTRY#').length - 1;
    if (entries > 0) posted.push(entries);
    await isHeld;
    const error = strike(transactions.length);
    if (error) throw error;
    return pass();
  });
  let joined = 0;
  class CountedGroups extends PostingGroups {
    override post<Result extends object>(...given: Parameters<PostingGroups['post']>) {
      joined += 1;
      return super.post(...given) as Promise<Result | undefined>;
    }
  }
  const deps: WalletDeps = { ...world.newDeps(client), groups: new CountedGroups() };

  /** The requests wait in this order while a deposit of 1 is on its way, so that they are written together. */
  async function meet<Result>(requests: readonly (() => Promise<Result>)[]): Promise<Result[]> {
    const { promise, resolve } = Promise.withResolvers<void>();
    isHeld = promise;
    joined = 0;
    transactions.length = 0;
    posted.length = 0;
    const first = deposit(deps, { userId: ANA, money: idr(1) }, world.newKey());
    await vi.waitFor(() => expect(transactions).toHaveLength(1));
    const answers: Promise<Result>[] = [];
    for (const request of requests) {
      answers.push(request());
      await vi.waitFor(() => expect(joined).toBe(1 + answers.length), { interval: 2 });
    }
    isHeld = undefined;
    resolve();
    await first;
    return Promise.all(answers);
  }
  return { world, deps, posted, meet };
}

const codeOf = (error: unknown) => (error instanceof AppError ? error.code : `${error}`);
const statusOf = ({ payment }: { payment: { status: string } }) => payment.status;
const many = <Result>(count: number, make: (nth: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, nth) => make(nth)));
const payAs = (world: WalletsWorld, deps: WalletDeps, minor: number, key = world.newKey()) =>
  pay(deps, bill(minor), key, world.deadline);
const balanceIn = async (world: WalletsWorld) => (await world.audit()).wallets[0]?.balances.get(IDR);

describe('requests that meet at a wallet in one process', () => {
  it('are written in few transactions, each with the wallet once', async () => {
    const { world, deps, posted, meet } = await oneProcess(1_000);
    const paid = await meet(Array.from({ length: 80 }, (_, nth) => () => payAs(world, deps, 1 + (nth % 7))));
    expect(new Set(paid.map(statusOf))).toEqual(new Set(['APPROVED']));
    expect(paid.map(({ payment }) => Number(payment.money.minor))).toEqual(
      Array.from({ length: 80 }, (_, nth) => 1 + (nth % 7)),
    );
    // The deposit; two full transactions; the rest. The approvals may share a transaction with it.
    expect(posted).toEqual([1, 33, 33, 14]);
    expect(await balanceIn(world)).toBe(687n);
  });

  it('never take more than the balance, and none is refused that it covers', async () => {
    const { world, deps } = await oneProcess(70);
    const answers = await many(50, () => payAs(world, deps, 7).then(statusOf, codeOf));
    expect(answers.filter((answer) => answer === 'APPROVED')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'INSUFFICIENT_FUNDS')).toHaveLength(40);
    expect(await balanceIn(world)).toBe(0n);
  });

  it('refuse a payment only by a balance that was stored: one whose debit is not written takes nothing', async () => {
    const { world, deps, meet } = await oneProcess(100);
    const key = world.newKey();
    await world.pay(30, key);
    await deposit(world.deps, { userId: ANA, money: idr(30) }, world.newKey());
    const unaware: WalletDeps = {
      ...deps,
      payments: {
        ...deps.payments,
        prepare: async (...given) => ({ ...(await deps.payments.prepare(...given)), payment: undefined }),
      },
    };
    // The payment of 30 exists, so its debit is not written.
    const [known, other] = await meet([
      () => pay(unaware, bill(30), key, world.deadline),
      () => payAs(world, deps, 101),
    ]);
    expect([known?.replayed, other?.payment.status]).toEqual([true, 'APPROVED']);
    expect(await balanceIn(world)).toBe(0n);
  });

  it('have one effect if they have one key', async () => {
    const { world, deps } = await oneProcess(70);
    const key = 'one' as IdempotencyKey;
    const answers = new Set(await many(30, () => payAs(world, deps, 7, key).then(statusOf, codeOf)));
    answers.delete('REQUEST_IN_PROGRESS');
    expect(answers).toEqual(new Set(['APPROVED']));
    const deposits = await many(30, () => deposit(deps, { userId: ANA, money: idr(5) }, key));
    expect(new Set(deposits.map(({ line }) => line.entry.id)).size).toBe(1);
    expect(deposits.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await balanceIn(world)).toBe(68n);
  });

  it('refund a payment in parts, up to what was paid', async () => {
    const { world, deps } = await oneProcess(100);
    const { payment } = await world.pay(100);
    const refund = () => refundPayment(deps, payment.id, 10n, world.newKey()).then(() => 'refunded', codeOf);
    const answers = await many(20, refund);
    expect(answers.filter((answer) => answer === 'refunded')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'INVALID_STATE')).toHaveLength(10);
    expect(await balanceIn(world)).toBe(100n);
  });

  it('each get their own answer when the item of one has changed', async () => {
    const { world, deps, meet } = await oneProcess(1_000, undefined, 50);
    await world.behave({ mode: 'timeout', lookups: 'down' });
    const pending: PendingPayment[] = [];
    for (const minor of [100, 200, 300]) {
      await payAs(world, deps, minor).catch(codeOf);
    }
    for (const payment of (await world.books()).payments) if (payment.status === 'PENDING') pending.push(payment);
    expect(pending).toHaveLength(3);
    const declined = pending[1];
    if (!declined) throw new Error('there are three');
    const nothingSent = {
      kind: 'unchanged',
      attempt: { reference: '', attempts: 0, unanswered: false },
      retries: 0,
    } as const;
    await concludePayment(world.deps, declined, nothingSent, { code: 'OTHER', message: 'Another process.' });
    const concluded = await meet(pending.map((payment) => () => concludePayment(deps, payment, nothingSent)));
    expect(concluded.map(({ id }) => id)).toEqual(pending.map(({ id }) => id));
    expect(concluded.map((payment) => 'failure' in payment && payment.failure.code)).toEqual([
      'GATEWAY_UNREACHABLE',
      'OTHER',
      'GATEWAY_UNREACHABLE',
    ]);
    expect(await balanceIn(world)).toBe(1_001n);
  });

  it('each have their own patience', async () => {
    let conflicts = 12;
    const conflict = () => (conflicts-- > 0 ? cancelled('TransactionConflict', 'None', 'None', 'None') : undefined);
    const { world, deps } = await oneProcess(100, conflict);
    const patience = (patienceMs: number): WalletDeps => ({ ...deps, policy: { ...deps.policy, patienceMs } });
    const answers = await Promise.all([
      payAs(world, patience(7_000), 10).then(statusOf, codeOf),
      payAs(world, patience(1), 10).then(statusOf, codeOf),
      payAs(world, patience(7_000), 10).then(statusOf, codeOf),
    ]);
    expect(answers).toEqual(['APPROVED', 'RATE_LIMITED', 'APPROVED']);
    expect(await balanceIn(world)).toBe(80n);
  });

  it('all fail with a failure of the database, and later ones do not', async () => {
    const { world, deps } = await oneProcess(100, (nth) => (nth === 2 ? new Error('the disk is full') : undefined));
    const answers = await many(5, () => payAs(world, deps, 10).then(statusOf, codeOf));
    expect(new Set(answers)).toEqual(new Set(['APPROVED', 'Error: the disk is full']));
    expect(await payAs(world, deps, 10).then(statusOf, codeOf)).toBe('APPROVED');
    await world.audit();
  });

  it('name in each event the request that caused it, also if another request writes it', async () => {
    const { world, deps, meet } = await oneProcess(100);
    const asking = new AsyncLocalStorage<string>();
    const named = { ...deps, requestId: () => asking.getStore() };
    const requests = Array.from({ length: 10 }, (_, nth) => () => {
      const request = { ...bill(1), externalReference: `request-${nth}` };
      return asking.run(request.externalReference, () => pay(named, request, world.newKey(), world.deadline));
    });
    await meet(requests);
    const { events } = await world.audit();
    const created = events.filter(({ type }) => type === 'payment.created');
    expect(created.map(({ requestId }) => requestId)).toEqual(created.map(({ data }) => data.external_reference));
    expect(created).toHaveLength(10);
  });
});
