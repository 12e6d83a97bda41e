import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { orderAnswer, productAnswer } from '../../lib/orders/answers.ts';
import { orderId, type ProductId, parseOrderId, parseProductId, productId } from '../../lib/orders/ids.ts';
import { orderOf as orderIn, orderItem, productItem, productOf } from '../../lib/orders/items.ts';
import { orderOf, shortagesIn } from '../../lib/orders/order.ts';
import type { Product } from '../../lib/orders/product.ts';
import { createdView, orderView, productView } from '../../lib/orders/view.ts';
import { NOW } from '../support/builders.ts';
import { order } from '../support/shop.ts';

const UUID = 'b9a50f04-6c1e-4b6e-9c33-d0d4b9f4a7e1';

function aProduct(id: string, changes: Partial<Product> = {}): Product {
  return {
    id: id as ProductId,
    name: `The ${id}`,
    priceCents: 1_999n,
    stock: 5,
    initialStock: 9,
    createdAt: NOW,
    ...changes,
  };
}

const productsOf = (...all: Product[]) => new Map(all.map((product) => [product.id, product]));
const made = { id: orderId(UUID), createdAt: NOW };
/** The answer that a client reads. It has the fields of the schema and no others. */
const sent = (schema: z.ZodObject, view: object) => schema.strict().parse(JSON.parse(JSON.stringify(view)));

describe('an order', () => {
  it('costs the sum of its lines, exact where a float would round', () => {
    const dear = aProduct('dear', { priceCents: 9_007_199_254_740_991n });
    const placed = orderOf(order({ dear: 999_999, cheap: 3 }), productsOf(dear, aProduct('cheap')), made);
    expect(placed.totalCents).toBe(9_007_190_247_541_736_265_006n);
    expect(JSON.stringify(orderView(placed))).toContain('"total_cents":9007190247541736265006,');
  });

  it('shows a single product at the top, and several products only in its lines', () => {
    const products = productsOf(aProduct('shirt'), aProduct('cap', { priceCents: 0n }));
    expect(sent(orderAnswer, orderView(orderOf(order({ shirt: 2 }), products, made)))).toEqual({
      id: made.id,
      buyer_id: 'buyer-1',
      product_id: 'shirt',
      quantity: 2,
      price_cents: 1_999,
      lines: [{ product_id: 'shirt', quantity: 2, price_cents: 1_999 }],
      total_cents: 3_998,
      created_at: NOW,
    });
    const cart = sent(orderAnswer, orderView(orderOf(order({ shirt: 1, cap: 1 }), products, made)));
    expect(cart).toMatchObject({ lines: [{ product_id: 'shirt' }, { product_id: 'cap' }], total_cents: 1_999 });
    expect(cart).not.toHaveProperty('product_id');
  });

  it('lacks exactly the products with too little stock', () => {
    const products = productsOf(aProduct('few', { stock: 1 }), aProduct('enough', { stock: 2 }));
    expect(shortagesIn(order({ few: 2, enough: 2 }), products)).toEqual([
      { productId: 'few', quantity: 2, available: 1 },
    ]);
  });
});

describe('a product', () => {
  it('shows its initial stock, its stock and the sold quantity', () => {
    expect(sent(productAnswer, productView(aProduct('shirt')))).toEqual({
      id: 'shirt',
      name: 'The shirt',
      price_cents: 1_999,
      stock: 5,
      initial_stock: 9,
      sold: 4,
      created_at: NOW,
    });
  });

  it('is shown to its creator as created, also in a late replay', () => {
    expect(createdView(aProduct('shirt', { stock: 0 }))).toEqual(createdView(aProduct('shirt', { stock: 9 })));
  });
});

describe('ids', () => {
  it('that we generate are valid', () => {
    expect(parseProductId(productId(UUID))).toBe('prd_b9a50f046c1e4b6e9c33d0d4b9f4a7e1');
    expect(parseOrderId(orderId(UUID))).toBe('ord_b9a50f046c1e4b6e9c33d0d4b9f4a7e1');
  });

  it.each(['', '../x', 'a b', `${orderId(UUID)}0`, 'ord_', 'ORD_B9'])('%j is invalid', (text) => {
    expect(parseOrderId(text)).toBeUndefined();
  });
});

describe('stored items are read unchanged', () => {
  const cents = fc.bigInt({ min: 0n, max: 2n ** 80n });
  const stock = fc.integer({ min: 0, max: 1_000_000_000 });
  const text = fc.string({ unit: 'grapheme', minLength: 1 });

  it('products', () => {
    fc.assert(
      fc.property(fc.record({ name: text, priceCents: cents, stock, initialStock: stock }), (changes) => {
        expect(productOf(productItem(aProduct('shirt', changes)))).toEqual(aProduct('shirt', changes));
      }),
    );
  });

  it('orders', () => {
    const line = fc.record({ productId: text.map((id) => id as ProductId), quantity: stock, priceCents: cents });
    const content = fc.record({ buyerId: text, lines: fc.array(line, { minLength: 1 }), totalCents: cents });
    fc.assert(
      fc.property(content, (given) => {
        const stored = { ...made, ...given };
        expect(orderIn(orderItem(stored))).toEqual(stored);
      }),
    );
  });
});
