import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Day } from '../../lib/kernel/day.ts';
import { dynamoSegments } from '../../lib/settlement/dynamo-settlements.ts';
import { dynamoTransactions } from '../../lib/transactions/dynamo.ts';
import { ALL_SHARDS } from '../../lib/transactions/segment.ts';
import type { MerchantId, Transaction, TransactionId } from '../../lib/transactions/transaction.ts';
import { documentClient, givenAStack } from '../support/database.ts';
import { FROM, SettlementWorld, someRows, TO } from '../support/settlement-world.ts';

const database = await givenAStack();

/** Amounts of all rows that a settlement of these days would read. */
async function inSegments(table: string, days: Day[] = [FROM, TO]): Promise<bigint[]> {
  const read = dynamoSegments(documentClient(), table);
  const amounts: bigint[] = [];
  for (const day of days) {
    for (const shard of ALL_SHARDS) {
      for await (const page of read(day, shard)) {
        for (const segment of page) amounts.push(...segment.amounts.split(',').map(BigInt));
      }
    }
  }
  return amounts.sort((a, b) => (a < b ? -1 : 1));
}

const amountsOf = (rows: readonly Transaction[]) =>
  rows.map(({ amountCents }) => amountCents).sort((a, b) => (a < b ? -1 : 1));

async function givenAStore() {
  const { table } = await SettlementWorld.open(database);
  return { table, store: dynamoTransactions(documentClient(), table, 'no-events') };
}

describe('rows', () => {
  it.each([1, 99, 100, 101, 250])('%i of one merchant and day are stored, each once', async (count) => {
    const { table, store } = await givenAStore();
    const rows = someRows(count, { merchants: 1, days: 1 });
    expect(await store.insert(rows)).toEqual(rows.map(() => 'stored'));
    expect(await inSegments(table)).toEqual(amountsOf(rows));
    expect(await store.read(rows[0]?.id as TransactionId)).toEqual(rows[0]);
  });

  it('of a thousand merchants are stored, each once', async () => {
    const { table, store } = await givenAStore();
    const rows = someRows(1_000, { merchants: 1_000 });
    expect(new Set(await store.insert(rows))).toEqual(new Set(['stored']));
    expect(await inSegments(table)).toEqual(amountsOf(rows));
  });

  it('that are sent again change nothing', async () => {
    const { table, store } = await givenAStore();
    const rows = someRows(300);
    await store.insert(rows.slice(0, 150));
    expect(await store.insert(rows)).toEqual(rows.map((_, index) => (index < 150 ? 'unchanged' : 'stored')));
    expect(await store.insert(rows)).toEqual(rows.map(() => 'unchanged'));
    expect(await inSegments(table)).toEqual(amountsOf(rows));
  });

  it.each<[string, Partial<Transaction>]>([
    ['amount', { amountCents: 7n }],
    ['status', { status: 'REFUNDED' }],
    ['merchant', { merchantId: 'another' as MerchantId }],
    ['day', { paidAt: Date.parse(TO) }],
  ])('with another %s under a known id are refused, and counted nowhere', async (_what, change) => {
    const { table, store } = await givenAStore();
    const [first, ...others] = someRows(50, { days: 1 }) as [Transaction, ...Transaction[]];
    await store.insert([first]);
    const outcomes = await store.insert([{ ...first, ...change }, ...others]);
    expect(outcomes[0]).toEqual({ known: first });
    expect(new Set(outcomes.slice(1))).toEqual(new Set(['stored']));
    expect(await inSegments(table)).toEqual(amountsOf([first, ...others]));
  });

  it('sent by ten processes at once are stored once', async () => {
    const { table, store } = await givenAStore();
    const rows = someRows(400);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.insert(rows)));
    for (const index of rows.keys()) {
      expect(outcomes.filter((one) => one[index] === 'stored')).toHaveLength(1);
      expect(outcomes.filter((one) => one[index] === 'unchanged')).toHaveLength(9);
    }
    expect(await inSegments(table)).toEqual(amountsOf(rows));
  });

  it('are retried when another transaction holds one of them', async () => {
    const { table } = await givenAStore();
    const client = documentClient();
    let conflicts = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'TransactWriteItemsCommand' && conflicts < 3) {
            conflicts += 1;
            const { TransactItems = [] } = args.input as { TransactItems?: unknown[] };
            throw new TransactionCanceledException({
              message: 'Transaction cancelled',
              $metadata: {},
              CancellationReasons: TransactItems.map((_, at) => ({ Code: at === 1 ? 'TransactionConflict' : 'None' })),
            });
          }
          return next(args);
        },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const rows = someRows(40);
    expect(new Set(await dynamoTransactions(client, table, 'no-events').insert(rows))).toEqual(new Set(['stored']));
    expect(conflicts).toBe(3);
    expect(await inSegments(table)).toEqual(amountsOf(rows));
  });
});
