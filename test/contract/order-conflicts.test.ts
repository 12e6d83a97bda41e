import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelled, cancelling, conflicting } from '../support/faults.ts';
import { order, Shop } from '../support/shop.ts';

const database = await givenADatabase();
const PATIENCE_MS = 20_000;

/** A shop with stock, and a process with the given database client and a virtual clock. */
async function givenAShop(stocks: Record<string, number>, client: DynamoDBDocumentClient) {
  const shop = await Shop.open(database);
  await shop.stock(stocks);
  const clock = new VirtualClock();
  const began = clock.now();
  const process = shop.newProcess(client, { now: clock.now, sleep: clock.sleep });
  return {
    shop,
    buy: (...request: Parameters<Shop['buy']>) => clock.act(() => process.buy(...request)),
    waitedMs: () => clock.now() - began,
  };
}

// Order of the codes: the products in the order of the lines, the order, the key.
describe.concurrent('an order that meets a conflict', () => {
  it.each<[string, string[][]]>([
    ['on its product', [['TransactionConflict', 'None']]],
    ['again and again', Array(6).fill(['TransactionConflict', 'None'])],
    [
      'for lack of capacity',
      [
        ['ThrottlingError', 'None'],
        ['ProvisionedThroughputExceeded', 'None'],
      ],
    ],
  ])('%s is retried until it is placed', async (_name, cancellations) => {
    const { client, left } = cancelling(...cancellations);
    const { shop, buy } = await givenAShop({ shirt: 1 }, client);
    expect(await buy(order({ shirt: 1 }))).toMatchObject({ replayed: false });
    expect(left).toEqual([]);
    expect((await shop.audit()).left).toEqual({ shirt: 0 });
  });

  it('for the last piece is out of stock only once another order has bought it', async () => {
    const shop = await Shop.open(database);
    await shop.stock({ shirt: 1 });
    let conflicts = 0;
    const client = between(documentClient(), async (command, pass) => {
      if (command !== 'TransactWriteItemsCommand') return pass();
      conflicts += 1;
      if (conflicts === 3) await shop.buy(order({ shirt: 1 }, 'faster'));
      throw cancelled('TransactionConflict', 'None');
    });
    const slower = shop.newProcess(client, { sleep: async () => {} });
    expect(await slower.buy(order({ shirt: 1 }))).toEqual({
      refused: 'OUT_OF_STOCK',
      details: [
        {
          path: 'quantity',
          reason: 'requested 1 of "shirt", available 0',
          product_id: 'shirt',
          requested: 1,
          available: 0,
        },
      ],
    });
    expect(conflicts).toBe(3);
  });

  it.each([
    ['on its key while its product has too little stock', ['ConditionalCheckFailed', 'None', 'TransactionConflict']],
    ['on one product while another has too little stock', ['TransactionConflict', 'ConditionalCheckFailed', 'None']],
  ])('%s is retried, and not out of stock', async (_name, codes) => {
    const { client, left } = cancelling(codes);
    const { buy } = await givenAShop({ shirt: 1, cap: 1 }, client);
    expect(await buy(order({ shirt: 1, cap: 1 }), 'k')).toMatchObject({ replayed: false });
    expect(left).toEqual([]);
  });

  it('with an equal request returns the order of that request', async () => {
    const shop = await Shop.open(database);
    await shop.stock({ shirt: 1 });
    const client = between(documentClient(), async (command, pass) => {
      if (command !== 'TransactWriteItemsCommand') return pass();
      await shop.buy(order({ shirt: 1 }), 'k');
      throw cancelled('ConditionalCheckFailed', 'None', 'TransactionConflict');
    });
    const second = await shop.newProcess(client, { sleep: async () => {} }).buy(order({ shirt: 1 }), 'k');
    const { orders } = await shop.audit();
    expect(second).toEqual({ order: orders[0], replayed: true });
  });

  it('under a known key returns the order at once, during the conflict', async () => {
    const shop = await Shop.open(database);
    await shop.stock({ shirt: 9 });
    const first = await shop.buy(order({ shirt: 1 }), 'k');
    const { Item = {} } = await documentClient().send(
      new GetCommand({ TableName: shop.table, Key: { pk: 'IDEM#order#k', sk: 'IDEM' } }),
    );
    const known = { Code: 'ConditionalCheckFailed', Item: marshall(Item) };
    const client = between(documentClient(), async (command, pass) => {
      if (command === 'TransactWriteItemsCommand') throw cancelled('TransactionConflict', 'None', known);
      return pass();
    });
    const impatient = shop.newProcess(client, { policy: { backoff: { baseMs: 1, maxMs: 1 }, patienceMs: 0 } });
    expect(await impatient.buy(order({ shirt: 1 }), 'k')).toEqual({ ...first, replayed: true });
  });

  it('that does not end is RATE_LIMITED, within the timeout of the API, and sells nothing', async () => {
    const client = between(documentClient(), async (command, pass) => {
      if (command === 'TransactWriteItemsCommand') throw cancelled('TransactionConflict', 'None', 'None');
      return pass();
    });
    const { shop, buy, waitedMs } = await givenAShop({ shirt: 1 }, client);
    expect(await buy(order({ shirt: 1 }), 'k')).toEqual({ refused: 'RATE_LIMITED', details: [] });
    expect(waitedMs()).toBeGreaterThan(PATIENCE_MS - 2_000);
    expect(waitedMs()).toBeLessThanOrEqual(PATIENCE_MS);
    const { orders, left } = await shop.audit();
    expect([orders, left]).toEqual([[], { shirt: 1 }]);
  });

  it('over a new product is RATE_LIMITED', async () => {
    const { shop } = await givenAShop({}, documentClient());
    const { client } = cancelling(...Array(100).fill(['TransactionConflict']));
    const product = shop.newProcess(client).stock({ shirt: 1 });
    await expect(product).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 1 });
    expect((await shop.audit()).products).toEqual([]);
  });

  it('and an invalid write is an error, not a conflict', async () => {
    const { client } = cancelling(['ValidationError', 'TransactionConflict']);
    const { shop, buy } = await givenAShop({ shirt: 1 }, client);
    await expect(buy(order({ shirt: 1 }))).rejects.toThrow('cancelled');
    expect((await shop.audit()).left).toEqual({ shirt: 1 });
  });
});

describe('a product that admits one order at a time', () => {
  it('is sold out to 500 processes at once, and all others receive OUT_OF_STOCK', {
    timeout: 120_000,
  }, async () => {
    const client = between(documentClient(), conflicting(5));
    const shop = await Shop.open(database);
    await shop.stock({ shirt: 100 });
    const policy = { ...shop.deps.policy, patienceMs: 100_000 }; // one process runs all 500 here, which takes longer
    const buyers = Array.from({ length: 500 }, () => shop.newProcess(client, { policy }));
    const bought = await Promise.all(buyers.map((buyer, index) => buyer.buy(order({ shirt: 1 }, `buyer-${index}`))));
    const codes = bought.map((answer) => ('refused' in answer ? answer.refused : 'sold'));
    expect(codes.filter((code) => code === 'sold')).toHaveLength(100);
    expect(codes.filter((code) => code === 'OUT_OF_STOCK')).toHaveLength(400);
    const { orders, left } = await shop.audit();
    expect([orders.length, left]).toEqual([100, { shirt: 0 }]);
  });

  it('is sold once to a buyer with equal requests in 50 processes at once', async () => {
    const client = between(documentClient(), conflicting(5));
    const shop = await Shop.open(database);
    await shop.stock({ shirt: 1 });
    const tries = Array.from({ length: 50 }, () => shop.newProcess(client).buy(order({ shirt: 1 }), 'k'));
    const answers = await Promise.all(tries);
    const { orders } = await shop.audit();
    expect(orders).toHaveLength(1);
    expect(answers.filter((answer) => 'replayed' in answer && !answer.replayed)).toHaveLength(1);
    for (const answer of answers) expect(answer).toMatchObject({ order: orders[0] });
  });
});
