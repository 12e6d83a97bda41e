import { describe, expect, it } from 'vitest';
import { orderId, type ProductId } from '../../lib/orders/ids.ts';
import { orderItem, productItem, productOf } from '../../lib/orders/items.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { differencesInOrders, Sold } from '../../scripts/verify/orders-checks.ts';
import { NOW } from '../support/builders.ts';

const TICKET = 'ticket' as ProductId;
const product = { id: TICKET, name: 'Ticket', priceCents: 500n, stock: 7, initialStock: 10, createdAt: NOW };
const order = (nth: number, quantity: number) => ({
  id: orderId(`${nth}`.padStart(32, '0')),
  buyerId: 'b',
  lines: [{ productId: TICKET, quantity, priceCents: 500n }],
  totalCents: BigInt(quantity) * 500n,
  createdAt: NOW,
});
const right: Item[] = [
  productItem(product),
  orderItem(order(1, 2)),
  orderItem(order(2, 1)),
  { pk: 'IDEM#order#k', sk: 'IDEM' },
];
const withItem = (at: number, changes: Item) => right.with(at, { ...right[at], ...changes });
const line = { product_id: TICKET, quantity: 2, price_cents: '500' };

describe('orders', () => {
  it('have no differences when stock and orders agree', () => expect(differencesInOrders(right)).toEqual([]));

  it.each<[string, Item[], string[]]>([
    ['another total', withItem(1, { total_cents: '1001' }), ['totals']],
    ['another price', withItem(1, { lines: [{ ...line, price_cents: '400' }], total_cents: '800' }), ['totals']],
    [
      'a negative quantity',
      withItem(1, { lines: [{ ...line, quantity: -2 }], total_cents: '-1000' }),
      ['totals', 'stock'],
    ],
    ['an order without lines', withItem(1, { lines: [], total_cents: '0' }), ['totals', 'stock']],
    [
      'an order of an unknown product',
      withItem(1, { lines: [{ ...line, product_id: 'none' }] }),
      ['products', 'stock'],
    ],
    ['a lost order', right.slice(0, 2), ['stock']],
    ['too much stock', withItem(0, { stock: 8 }), ['stock']],
    ['too little stock', withItem(0, { stock: 6 }), ['stock']],
    ['an oversold product', withItem(0, { stock: -1, initial_stock: 2 }), ['stock']],
    ['an unreadable order', withItem(2, { total_cents: 'all' }), ['readable', 'stock']],
    ['an unknown item', [...right, { pk: 'OTHER', sk: 'OTHER' }], ['readable']],
  ])('%s is found', (_what, items, expected) => {
    expect(new Set(differencesInOrders(items).map(({ check }) => check))).toEqual(new Set(expected));
  });

  it('may be placed between the two looks at the stock, but not outside them', () => {
    const sold = new Sold();
    sold.addProduct(productItem({ ...product, stock: 8 }));
    for (const item of right.slice(1, 3)) sold.addAfterProducts(item);
    expect(sold.suspects).toEqual([TICKET]);
    const after = (stock: number) => sold.differencesInStock(TICKET, productOf(productItem({ ...product, stock })));
    expect([6, 7].flatMap(after)).toEqual([]);
    expect(after(8).map(({ check }) => check)).toEqual(['stock']);
  });
});
