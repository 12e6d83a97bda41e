import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { range } from 'es-toolkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../lib/config.ts';
import { relayDeps } from '../../lib/dependencies/events.ts';
import { transactionDeps } from '../../lib/dependencies/transactions.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { COUNTER_PARTITIONS, DAY_SHARDS, WAITING_SHARDS } from '../../lib/events/items.ts';
import { ALL_SHARDS } from '../../lib/transactions/index.ts';
import type { MerchantId, TransactionId } from '../../lib/transactions/transaction.ts';
import { PENDING_SHARDS } from '../../lib/wallets/items.ts';
import { OPEN_SHARDS } from '../../lib/withdrawals/items.ts';
import { documentClient, givenAStack } from '../support/database.ts';
import { BATCH, Client, finish, requestFor } from '../support/scenario.ts';
import { settings } from '../support/settings.ts';
import { order, Shop } from '../support/shop.ts';
import { WalletsWorld } from '../support/wallets-world.ts';
import { WithdrawalsWorld } from '../support/withdrawals-world.ts';
import { World } from '../support/world.ts';
import { WriteUnits } from '../support/write-units.ts';

/** Write units a second that one partition of a table or index takes on AWS. */
const LIMIT = 1_000;

/** The largest stated load, operations a second: all at the same time. */
const RATES = {
  payment: 10_000,
  withdrawal: 1_000,
  payout: 100_000_000 / 86_400,
  order: 10_000,
  'imported row': 10_000,
};
type Operation = keyof typeof RATES;

const A_DAY = 86_400;
/** The columns of docs/scaling.md. */
const LOADS: readonly Partial<Record<Operation, number>>[] = [
  { payment: 10 },
  { payment: 1_000 },
  { payment: 10_000 },
  { payout: 1_000_000 / A_DAY },
  { payout: 100_000_000 / A_DAY },
  RATES,
];

/** Partitions that all operations share, and their number. */
const SHARED: Readonly<Record<string, number>> = {
  'wallets/gsi1 PENDING#*': PENDING_SHARDS,
  'withdrawals/gsi2 DUE#*': OPEN_SHARDS,
  'withdrawals/gsi2 IN_FLIGHT#*': OPEN_SHARDS,
  'events/gsi1 WAITING#*': WAITING_SHARDS,
  'events/gsi2 DAY#*#*': DAY_SHARDS,
  'events COUNTERS#*': COUNTER_PARTITIONS,
  'transactions DAY#*#*': ALL_SHARDS.length,
  'payouts/gsi1 BATCH': 1,
  'payouts/gsi2 BATCH': 1,
  'payouts THROUGHPUT': 1,
};

/** Partitions of one wallet, payment, batch and so on. */
const OF_ONE = [
  'wallets WALLET#*',
  'wallets PAYMENT#*',
  'withdrawals WITHDRAWAL#*',
  'withdrawals/gsi1 USER#*',
  'events SUBJECT#*',
  'payouts BATCH#*',
  'payouts BATCH#*#*',
  'orders PRODUCT#*',
  'orders ORDER#*',
  'transactions TXN#*',
];

/** Those of them that many operations may write to. The test does not limit them; the page states their ceilings. */
const HOT: readonly (readonly [string, Operation, string])[] = [
  ['wallet', 'payment', 'wallets WALLET#*'],
  ['wallet', 'withdrawal', 'wallets WALLET#*'],
  ['product', 'order', 'orders PRODUCT#*'],
  ['batch header', 'payout', 'payouts BATCH#*'],
  ['merchant of one day', 'imported row', 'transactions DAY#*#*'],
];

/** Operations of each kind that are counted. A relay marks about 90 events in a transaction. */
const COUNTED = { payment: 45, withdrawal: 20, payout: 1_000, order: 10, 'imported row': 990 } satisfies Record<
  Operation,
  number
>;

const database = await givenAStack();
/** Write units of one operation, by partition. */
const units = new Map<Operation, ReadonlyMap<string, number>>();

/** Counts the writes of the operations, one request after the other. */
async function count(operation: Operation, run: (counted: WriteUnits) => Promise<void>): Promise<void> {
  const counted = new WriteUnits();
  await run(counted);
  counted.stop();
  expect(counted.byPlace).toEqual(counted.reported);
  const each = [...counted.byPartition].map(([place, all]) => [place, all / COUNTED[operation]] as const);
  units.set(operation, new Map(each));
}

async function markPublished(config: Config, counted: WriteUnits, events: readonly DomainEvent[]): Promise<void> {
  const dynamo = counted.of(documentClient());
  await relayDeps(config, { dynamo, topics: undefined as never }).outbox.markPublished(events, Date.now());
}

beforeAll(async () => {
  await count('payment', async (counted) => {
    const world = await WalletsWorld.open(database);
    await world.furnish(1_000_000);
    const deps = world.newDeps(counted.of(documentClient()));
    for (const _ of range(COUNTED.payment)) await world.pay(10, undefined, deps);
    const { events } = await world.books();
    const ofPayments = events.filter(({ type }) => type.startsWith('payment'));
    expect(ofPayments).toHaveLength(2 * COUNTED.payment);
    await markPublished(world.settings, counted, ofPayments);
    await world.stop();
  });
  await count('withdrawal', async (counted) => {
    const dynamo = documentClient();
    const world = await WithdrawalsWorld.open(database, { dynamo, workers: 1 });
    await world.during(() =>
      world.play(async () => {
        await world.furnish(1_000_000);
        counted.of(dynamo);
        for (const _ of range(COUNTED.withdrawal)) {
          await world.withdraw(10);
          await world.settled();
        }
        const { events } = await world.books();
        const ofWithdrawals = events.filter(({ type }) => type.startsWith('withdrawal'));
        await markPublished(world.settings, counted, ofWithdrawals);
      }),
    );
  });
  await count('payout', async (counted) => {
    const options = { dynamo: counted.of(documentClient()), workers: 1, settings: { PAYOUT_CHUNK_SIZE: 50 } };
    const world = await World.open(database, options);
    await world.during(() =>
      world.play(async () => {
        await new Client(world).create(requestFor(COUNTED.payout));
        await finish(world, BATCH);
      }),
    );
  });
  await count('order', async (counted) => {
    const shop = await Shop.open(database);
    await shop.stock({ shirt: COUNTED.order });
    const buyer = shop.newProcess(counted.of(documentClient()));
    for (const _ of range(COUNTED.order)) await buyer.buy(order({ shirt: 1 }));
  });
  await count('imported row', async (counted) => {
    const table = await database.newTable('TransactionsTable');
    const dynamo = counted.of(documentClient());
    const { transactions } = transactionDeps(settings({ TRANSACTIONS_TABLE: table }), { dynamo });
    const rows = range(COUNTED['imported row']).map((nth) => ({
      id: `txn-${nth}` as TransactionId,
      merchantId: `merchant-${nth % 10}` as MerchantId,
      amountCents: 123_456n,
      feeCents: 1_234n,
      status: 'PAID' as const,
      paidAt: Date.parse('2026-11-20T10:00:00Z') + nth,
    }));
    await transactions.insert(rows);
  });
}, 120_000);

/** Write units a second of one of the partitions, at this many operations a second. */
function perSecond(partition: string, rates: Partial<Record<Operation, number>>): number {
  const each = Object.entries(rates).map(
    ([operation, rate]) => rate * (units.get(operation as Operation)?.get(partition) ?? 0),
  );
  return each.reduce((sum, one) => sum + one, 0) / (SHARED[partition] ?? 1);
}

const figure = (value: number) => Number(value.toPrecision(value < 10 ? 1 : 2)).toLocaleString('en');
const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;

/** Of docs/scaling.md. */
const sharedRows = () =>
  Object.entries(SHARED).map(([partition, shards]) => {
    const loads = LOADS.map((rates) => figure(perSecond(partition, rates)));
    return row(`\`${partition}\``, shards, ...loads);
  });

const hotRows = () =>
  HOT.map(([one, operation, partition]) => {
    const each = units.get(operation)?.get(partition) ?? Number.NaN;
    return row(one, `\`${partition}\``, `${figure(each)} per ${operation}`, figure(LIMIT / each));
  });

describe('write units', () => {
  it('are of known partitions', () => {
    const partitions = new Set([...units.values()].flatMap((each) => [...each.keys()]));
    expect([...partitions].sort()).toEqual([...Object.keys(SHARED), ...OF_ONE].sort());
  });

  it('of a shared partition stay below the limit of AWS at the largest stated load', () => {
    const busy = Object.keys(SHARED).filter((partition) => perSecond(partition, RATES) > LIMIT);
    expect(busy).toEqual([]);
  });

  it('are those that docs/scaling.md states', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8');
    const lines = new Set(page.split('\n'));
    expect([...sharedRows(), ...hotRows()].filter((line) => !lines.has(line))).toEqual([]);
  });
});
