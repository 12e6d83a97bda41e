import { afterAll, describe, expect, it } from 'vitest';
import { rememberKey } from '../../lib/aws/idempotency.ts';
import { putNewItem, transactWrite } from '../../lib/aws/transact.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { PaymentId } from '../../lib/wallets/ids.ts';
import { paymentItem } from '../../lib/wallets/items.ts';
import { pay } from '../../lib/wallets/pay.ts';
import type { PendingPayment } from '../../lib/wallets/payment.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between } from '../support/faults.ts';
import { bill, WalletsWorld } from '../support/wallets-world.ts';

const database = await givenADatabase();
const open: WalletsWorld[] = [];
afterAll(() => Promise.all(open.map((world) => world.stop())));

const KEY = 'k' as IdempotencyKey;
const DAY_MS = 24 * 60 * 60 * 1_000;

async function newWorld(): Promise<WalletsWorld> {
  const world = await WalletsWorld.open(database);
  open.push(world);
  await world.furnish(1_000);
  return world;
}

/** Dependencies whose requests to the database are recorded: each with the number of items that it writes. */
function recording(world: WalletsWorld) {
  const requests: string[] = [];
  const client = between(documentClient(), (command, pass, input) => {
    const { TransactItems: items } = input as { TransactItems?: unknown[] };
    requests.push(items ? `${command} ${items.length}` : command);
    return pass();
  });
  return { deps: world.newDeps(client), requests };
}

describe('the key of a payment', () => {
  it('never expires', async () => {
    const world = await newWorld();
    const first = await world.pay(400, KEY);
    world.now += 1_000 * DAY_MS;
    const again = await world.pay(400, KEY);
    expect(again).toEqual({ payment: { ...first.payment, capture: expect.anything() }, replayed: true });
    await expect(world.pay(401, KEY)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect((await world.audit()).payments).toMatchObject([
      { history: { executions: [{ reference: 1, calls: [{ asked: 'send', answer: 'paid' }] }], omitted: 0 } },
    ]);
  });

  it('belongs to one user', async () => {
    const world = await newWorld();
    await world.furnish(1_000, 'ben' as never);
    const [ana, ben] = [
      await world.pay(400, KEY),
      await pay(world.deps, bill(400, 'ben' as never), KEY, world.deadline),
    ];
    expect(ben.payment.id).not.toBe(ana.payment.id);
    expect((await world.audit()).payments).toHaveLength(2);
  });

  it('costs no request and no item of its own', async () => {
    const world = await newWorld();
    const first = recording(world);
    await pay(first.deps, bill(400), KEY, world.deadline);
    expect(first.requests).toEqual([
      'BatchGetItemCommand',
      'TransactWriteItemsCommand 4',
      'TransactWriteItemsCommand 2',
    ]);
    const replay = recording(world);
    await pay(replay.deps, bill(400), KEY, world.deadline);
    expect(replay.requests).toEqual(['BatchGetItemCommand']);
  });
});

describe('the key of a payment of data version 2', () => {
  async function withEarlierPayment() {
    const world = await newWorld();
    const at = new Date(world.now).toISOString();
    const payment: PendingPayment = {
      ...{ ...bill(400), id: `pay_${'0'.repeat(31)}1` as PaymentId, status: 'PENDING' },
      ...{ createdAt: at, updatedAt: at, workedOnUntil: world.now },
    };
    const table = world.settings.WALLETS_TABLE;
    await transactWrite(documentClient(), [
      rememberKey(table, { scope: 'payment:ana', key: KEY, request: bill(400) }, payment.id, world.now),
      putNewItem(table, paymentItem(payment)),
    ]);
    return { world, payment };
  }

  it('names its payment for a day', async () => {
    const { world, payment } = await withEarlierPayment();
    await expect(world.pay(401, KEY)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    await expect(world.pay(400, KEY)).rejects.toMatchObject({
      code: 'GATEWAY_TIMEOUT',
      details: [{ payment_id: payment.id }],
    });
    expect(world.charges).toEqual([]);
    world.now += DAY_MS - 1_000;
    await expect(world.pay(401, KEY)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('is free after that', async () => {
    const { world, payment } = await withEarlierPayment();
    world.now += DAY_MS + 1_000;
    const paid = await world.pay(400, KEY);
    expect(paid.replayed).toBe(false);
    expect(paid.payment.id).not.toBe(payment.id);
  });
});
