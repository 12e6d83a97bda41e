import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey, KeyedRequest } from '../../lib/kernel/idempotency.ts';
import { type OrderId, orderId, type ProductId, productId } from '../../lib/orders/ids.ts';
import { productKey } from '../../lib/orders/items.ts';
import type { Order } from '../../lib/orders/order.ts';
import { orderPlaced, productCreated } from '../../lib/orders/order-events.ts';
import type { Product } from '../../lib/orders/product.ts';
import { NOW } from '../support/builders.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, losesFirstAnswerTo } from '../support/faults.ts';
import { order, Shop } from '../support/shop.ts';

const database = await givenADatabase();
const NOW_MS = Date.parse(NOW);
const DAY_MS = 24 * 60 * 60 * 1_000;

function aProduct(changes: Partial<Product> = {}): Product {
  return {
    id: 'shirt' as ProductId,
    name: 'T-shirt ”Nº 1”',
    priceCents: 9_007_199_254_740_991n,
    stock: 5,
    initialStock: 5,
    createdAt: NOW,
    ...changes,
  };
}

function anOrder(quantities: Record<string, number>): Order {
  const { buyerId, lines } = order(quantities);
  const priced = lines.map((line) => ({ ...line, priceCents: 250n }));
  const totalCents = priced.reduce((sum, { quantity }) => sum + BigInt(quantity) * 250n, 0n);
  return { id: orderId(crypto.randomUUID()), buyerId, lines: priced, totalCents, createdAt: NOW };
}

const keyed = (key: string, request: unknown = 'request'): KeyedRequest => ({
  scope: 'order',
  key: key as IdempotencyKey,
  request,
});

async function givenAShop(stocks: Record<string, number> = {}, client = documentClient()) {
  const shop = await Shop.open(database, { client });
  await shop.stock(stocks);
  return { shop, ...withEvents(shop) };
}

/** The stores, which get the event of each write. */
function withEvents({ deps }: Shop) {
  const { products, orders } = deps;
  const insert = (product: Product, request: KeyedRequest | undefined, now: number) =>
    products.insert(product, request, now, productCreated(deps, product));
  const place = (wanted: Order, request: KeyedRequest | undefined, now: number) =>
    orders.place(wanted, request, now, orderPlaced(deps, wanted));
  return { products: { ...products, insert }, orders: { ...orders, place } };
}

describe.concurrent('products in the store', () => {
  it('are read with every digit that was stored', async () => {
    const { products } = await givenAShop();
    expect(await products.insert(aProduct(), undefined, NOW_MS)).toEqual({ product: aProduct(), replayed: false });
    expect(await products.read('shirt' as ProductId)).toEqual(aProduct());
    const ids = ['cap', 'shirt', 'nothing'] as ProductId[];
    expect(await products.readAll(ids)).toEqual(new Map([['shirt', aProduct()]]));
    expect(await products.read('nothing' as ProductId)).toBeUndefined();
  });

  it('are never overwritten: the second create returns the stored product', async () => {
    const { products } = await givenAShop();
    await products.insert(aProduct(), undefined, NOW_MS);
    const second = aProduct({ name: 'Other', stock: 9, initialStock: 9 });
    expect(await products.insert(second, undefined, NOW_MS)).toEqual({ product: aProduct(), replayed: true });
    expect(await products.insert(second, keyed('k'), NOW_MS)).toEqual({ product: aProduct(), replayed: true });
    expect(await products.read(second.id)).toEqual(aProduct());
  });

  it('are found by the key of their request, with any id in the repeated request', async () => {
    const { products } = await givenAShop();
    const first = aProduct({ id: productId(crypto.randomUUID()) });
    await products.insert(first, keyed('k'), NOW_MS);
    const again = aProduct({ id: productId(crypto.randomUUID()) });
    expect(await products.insert(again, keyed('k'), NOW_MS)).toEqual({ product: first, replayed: true });
    await expect(products.insert(again, keyed('k', 'another'), NOW_MS)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    expect(await products.read(again.id)).toBeUndefined();
  });
});

describe.concurrent('an order in the store', () => {
  it('takes its stock and is read unchanged', async () => {
    const { shop, orders } = await givenAShop({ shirt: 5, cap: 1 });
    const placed = anOrder({ shirt: 2, cap: 1 });
    expect(await orders.place(placed, undefined, NOW_MS)).toEqual({ kind: 'placed', order: placed });
    expect(await orders.read(placed.id)).toEqual(placed);
    expect((await shop.audit()).left).toEqual({ shirt: 3, cap: 0 });
  });

  it('is refused as a whole, with every shortage, when the stock of any product is too low', async () => {
    const { shop, orders } = await givenAShop({ shirt: 5, cap: 1, sock: 0 });
    expect(await orders.place(anOrder({ cap: 2, shirt: 1, sock: 3 }), keyed('k'), NOW_MS)).toEqual({
      kind: 'short',
      shortages: [
        { productId: 'cap', quantity: 2, available: 1 },
        { productId: 'sock', quantity: 3, available: 0 },
      ],
    });
    const { orders: stored, left } = await shop.audit();
    expect([stored, left]).toEqual([[], { shirt: 5, cap: 1, sock: 0 }]);
    // The key stays unused, too.
    expect(await orders.recall(keyed('k'), NOW_MS)).toBeUndefined();
  });

  it('for a deleted product takes nothing', async () => {
    const { shop, orders } = await givenAShop({ shirt: 5 });
    await documentClient().send(new DeleteCommand({ TableName: shop.table, Key: productKey('shirt' as ProductId) }));
    expect(await orders.place(anOrder({ shirt: 2 }), undefined, NOW_MS)).toEqual({
      kind: 'short',
      shortages: [{ productId: 'shirt', quantity: 2, available: 0 }],
    });
  });

  it('of 90 products with a key fits into one transaction', async () => {
    const names = Array.from({ length: 90 }, (_, index) => [`p-${index}`, 1]);
    const { shop, orders } = await givenAShop(Object.fromEntries(names));
    expect(await orders.place(anOrder(Object.fromEntries(names)), keyed('k'), NOW_MS)).toHaveProperty('kind', 'placed');
    expect(Object.values((await shop.audit()).left)).toEqual(Array(90).fill(0));
  });

  it('is placed once when the SDK sends it again after a lost answer', async () => {
    const client = between(documentClient(), losesFirstAnswerTo('TransactWriteItemsCommand'));
    const { shop } = await givenAShop({ shirt: 5 });
    const { orders } = withEvents(shop.newProcess(client));
    expect(await orders.place(anOrder({ shirt: 2 }), keyed('k'), NOW_MS)).toHaveProperty('kind', 'placed');
    expect((await shop.audit()).left).toEqual({ shirt: 3 });
  });

  it('is undefined when it was never placed', async () => {
    const { orders } = await givenAShop();
    expect(await orders.read('ord_0' as OrderId)).toBeUndefined();
  });
});

describe.concurrent('a key in the store', () => {
  it('returns its order, also once the stock is gone', async () => {
    const { orders } = await givenAShop({ shirt: 2 });
    const first = anOrder({ shirt: 2 });
    await orders.place(first, keyed('k'), NOW_MS);
    expect(await orders.place(anOrder({ shirt: 2 }), keyed('k'), NOW_MS)).toEqual({
      kind: 'known',
      resource: first.id,
    });
    expect(await orders.recall(keyed('k'), NOW_MS)).toEqual({ kind: 'known', resource: first.id });
  });

  it('refuses a different request, and sells nothing', async () => {
    const { shop, orders } = await givenAShop({ shirt: 5 });
    await orders.place(anOrder({ shirt: 1 }), keyed('k'), NOW_MS);
    const mismatch = new AppError('IDEMPOTENCY_MISMATCH');
    await expect(orders.place(anOrder({ shirt: 2 }), keyed('k', 'another'), NOW_MS)).rejects.toThrow(mismatch);
    await expect(orders.recall(keyed('k', 'another'), NOW_MS)).rejects.toThrow(mismatch);
    expect((await shop.audit()).left).toEqual({ shirt: 4 });
  });

  it('is remembered for exactly a day, even if DynamoDB has not deleted it by then', async () => {
    const { shop, orders } = await givenAShop({ shirt: 5 });
    await orders.place(anOrder({ shirt: 1 }), keyed('k'), NOW_MS);
    expect(await orders.recall(keyed('k'), NOW_MS + DAY_MS - 1_000)).toBeDefined();
    expect(await orders.recall(keyed('k'), NOW_MS + DAY_MS)).toBeUndefined();
    expect(await orders.place(anOrder({ shirt: 3 }), keyed('k', 'another'), NOW_MS + DAY_MS)).toHaveProperty(
      'kind',
      'placed',
    );
    expect((await shop.audit()).left).toEqual({ shirt: 1 });
  });
});
