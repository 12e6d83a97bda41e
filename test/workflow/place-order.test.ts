import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createProduct } from '../../lib/orders/create-product.ts';
import type { ProductId } from '../../lib/orders/ids.ts';
import type { ProductRequest } from '../../lib/orders/product.ts';
import { readOrder } from '../../lib/orders/read-order.ts';
import { readProduct } from '../../lib/orders/read-product.ts';
import { givenADatabase } from '../support/database.ts';
import { order, Shop } from '../support/shop.ts';

const database = await givenADatabase();

async function givenAShop(stocks: Record<string, number>): Promise<Shop> {
  const shop = await Shop.open(database);
  await shop.stock(stocks);
  return shop;
}

describe.concurrent('POST /orders', () => {
  it('sells, and stores the order', async () => {
    const shop = await givenAShop({ shirt: 5 });
    const bought = await shop.buy(order({ shirt: 2 }));
    expect(bought).toMatchObject({ replayed: false, order: { buyerId: 'buyer-1', totalCents: 500n } });
    const { orders, left } = await shop.audit();
    expect(left).toEqual({ shirt: 3 });
    expect(await readOrder(shop.deps, orders[0]?.id ?? '')).toEqual('order' in bought && bought.order);
  });

  it('without a key sells once per request', async () => {
    const shop = await givenAShop({ shirt: 5 });
    for (const _time of [1, 2, 3]) await shop.buy(order({ shirt: 1 }));
    expect((await shop.audit()).left).toEqual({ shirt: 2 });
  });

  it('refuses the whole cart, and names every product with too little stock', async () => {
    const shop = await givenAShop({ shirt: 5, cap: 1, sock: 0 });
    expect(await shop.buy(order({ shirt: 1, cap: 2, sock: 1 }))).toEqual({
      refused: 'OUT_OF_STOCK',
      details: [
        expect.objectContaining({ product_id: 'cap', requested: 2, available: 1 }),
        expect.objectContaining({ product_id: 'sock', requested: 1, available: 0 }),
      ],
    });
    expect((await shop.audit()).left).toEqual({ shirt: 5, cap: 1, sock: 0 });
  });

  it('names the products that do not exist, and sells nothing', async () => {
    const shop = await givenAShop({ shirt: 5 });
    expect(await shop.buy(order({ shirt: 1, yeti: 1, unicorn: 1 }), 'k')).toEqual({
      refused: 'NOT_FOUND',
      details: ['yeti', 'unicorn'].map((id) => expect.objectContaining({ path: 'product_id', product_id: id })),
    });
    expect((await shop.audit()).left).toEqual({ shirt: 5 });
  });
});

describe.concurrent('POST /orders with an Idempotency-Key', () => {
  it('buys once, and repeats the same answer at any later time', async () => {
    const shop = await givenAShop({ shirt: 5 });
    const first = await shop.buy(order({ shirt: 2 }), 'k');
    await shop.buy(order({ shirt: 3 }, 'buyer-2')); // the stock is gone now
    const again = await shop.buy(order({ shirt: 2 }), 'k');
    expect(first).toMatchObject({ replayed: false });
    expect(again).toEqual({ ...first, replayed: true });
    expect((await shop.audit()).left).toEqual({ shirt: 0 });
  });

  it.each<[string, ReturnType<typeof order>]>([
    ['quantity', order({ shirt: 2 })],
    ['buyer', order({ shirt: 1 }, 'buyer-2')],
    ['product', order({ cap: 1 })],
    ['product that is sold out', order({ sock: 1 })],
    ['product that does not exist', order({ yeti: 1 })],
    ['cart', order({ shirt: 1, cap: 1 })],
  ])('is refused with another %s', async (_what, another) => {
    const shop = await givenAShop({ shirt: 5, cap: 1, sock: 0 });
    await shop.buy(order({ shirt: 1 }), 'k');
    expect(await shop.buy(another, 'k')).toEqual({ refused: 'IDEMPOTENCY_MISMATCH', details: [] });
    expect((await shop.audit()).left).toEqual({ shirt: 4, cap: 1, sock: 0 });
  });

  it('keeps its key unused after OUT_OF_STOCK', async () => {
    const shop = await givenAShop({ shirt: 1, cap: 1 });
    expect(await shop.buy(order({ shirt: 2 }), 'k')).toMatchObject({ refused: 'OUT_OF_STOCK' });
    expect(await shop.buy(order({ cap: 1 }), 'k')).toMatchObject({ replayed: false });
  });

  it.each([
    ['in one process', (shop: Shop) => shop],
    ['in as many processes', (shop: Shop) => shop.newProcess()],
  ])('50 times at once %s: one order of the last pieces, 50 equal answers', async (_where, container) => {
    const shop = await givenAShop({ shirt: 3 });
    const tries = Array.from({ length: 50 }, () => container(shop).buy(order({ shirt: 2 }), 'k'));
    const answers = await Promise.all(tries);
    const { orders, left } = await shop.audit();
    expect([orders.length, left]).toEqual([1, { shirt: 1 }]);
    for (const answer of answers) expect(answer).toMatchObject({ order: orders[0] });
    expect(answers.filter((answer) => 'replayed' in answer && !answer.replayed)).toHaveLength(1);
  });

  it('50 times at once for more than the stock: refused 50 times', async () => {
    const shop = await givenAShop({ shirt: 1 });
    const tries = Array.from({ length: 50 }, () => shop.newProcess().buy(order({ shirt: 2 }), 'k'));
    for (const answer of await Promise.all(tries)) expect(answer).toMatchObject({ refused: 'OUT_OF_STOCK' });
    expect((await shop.audit()).left).toEqual({ shirt: 1 });
  });
});

describe.concurrent('POST /products', () => {
  const request: ProductRequest = { id: 'shirt' as ProductId, name: 'T-shirt', stock: 5, priceCents: 250n };
  const { id: _id, ...unnamed } = request;
  const key = 'k' as IdempotencyKey;

  it('can be repeated with the same id', async () => {
    const { deps } = await givenAShop({});
    const first = await createProduct(deps, request, undefined);
    expect(first.product).toMatchObject({ ...request, initialStock: 5 });
    expect(await createProduct(deps, request, undefined)).toEqual({ product: first.product, replayed: true });
    expect(await readProduct(deps, 'shirt')).toEqual(first.product);
  });

  it('never changes the stock or the price of an existing product', async () => {
    const { deps } = await givenAShop({});
    const { product } = await createProduct(deps, request, undefined);
    for (const change of [{ stock: 6 }, { name: 'Other' }, { priceCents: 1n }]) {
      const changed = createProduct(deps, { ...request, ...change }, undefined);
      await expect(changed).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    }
    expect(await readProduct(deps, 'shirt')).toEqual(product);
  });

  it('is a replay after a part of the stock was sold', async () => {
    const shop = await givenAShop({});
    await createProduct(shop.deps, request, undefined);
    await shop.buy(order({ shirt: 4 }));
    const { product, replayed } = await createProduct(shop.deps, request, undefined);
    expect([product.stock, product.initialStock, replayed]).toEqual([1, 5, true]);
  });

  it('without an id makes one product per request, or one per key', async () => {
    const { deps } = await givenAShop({});
    const made = await Promise.all([undefined, undefined, key, key].map((each) => createProduct(deps, unnamed, each)));
    expect(new Set(made.map(({ product }) => product.id)).size).toBe(3);
    expect(made[2]?.product).toEqual(made[3]?.product);
    const another = createProduct(deps, { ...unnamed, stock: 6 }, key);
    await expect(another).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('50 times at once makes one product', async () => {
    const shop = await givenAShop({});
    const made = await Promise.all(Array.from({ length: 50 }, () => createProduct(shop.deps, request, key)));
    expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await shop.audit()).products).toHaveLength(1);
  });
});

describe.concurrent('an id that does not exist', () => {
  it.each(['yeti', '', 'a/b', 'x'.repeat(3_000)])('is not found: %.20j', async (id) => {
    const { deps } = await givenAShop({});
    await expect(readProduct(deps, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readOrder(deps, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
