import type { OrderId, ProductId } from './ids.ts';
import type { Order, OrderLine } from './order.ts';
import type { Product } from './product.ts';

/**
 * How products and orders lie in DynamoDB:
 *
 *     pk PRODUCT#<id>        sk PRODUCT  the stock, by which all orders of it pass
 *     pk ORDER#<id>          sk ORDER    the order
 *     pk IDEM#<scope>#<key>  sk IDEM     what a key stands for, for a day
 *
 * The stock is a number, since the database takes from it; amounts are strings, which cannot lose a digit on the way.
 */
export type Item = Record<string, unknown>;

export const productKey = (id: ProductId) => ({ pk: `PRODUCT#${id}`, sk: 'PRODUCT' });
export const orderKey = (id: OrderId) => ({ pk: `ORDER#${id}`, sk: 'ORDER' });

export function productItem(product: Product): Item {
  return {
    ...productKey(product.id),
    id: product.id,
    name: product.name,
    price_cents: `${product.priceCents}`,
    stock: product.stock,
    initial_stock: product.initialStock,
    created_at: product.createdAt,
  };
}

export function productOf(item: Item): Product {
  const stored = item as {
    id: ProductId;
    name: string;
    price_cents: string;
    stock: number;
    initial_stock: number;
    created_at: string;
  };
  return {
    id: stored.id,
    name: stored.name,
    priceCents: BigInt(stored.price_cents),
    stock: stored.stock,
    initialStock: stored.initial_stock,
    createdAt: stored.created_at,
  };
}

export function orderItem(order: Order): Item {
  return {
    ...orderKey(order.id),
    id: order.id,
    buyer_id: order.buyerId,
    lines: order.lines.map(({ productId, quantity, priceCents }) => ({
      product_id: productId,
      quantity,
      price_cents: `${priceCents}`,
    })),
    total_cents: `${order.totalCents}`,
    created_at: order.createdAt,
  };
}

export function orderOf(item: Item): Order {
  const stored = item as {
    id: OrderId;
    buyer_id: string;
    lines: { product_id: ProductId; quantity: number; price_cents: string }[];
    total_cents: string;
    created_at: string;
  };
  return {
    id: stored.id,
    buyerId: stored.buyer_id,
    lines: stored.lines.map(
      ({ product_id, quantity, price_cents }): OrderLine => ({
        productId: product_id,
        quantity,
        priceCents: BigInt(price_cents),
      }),
    ),
    totalCents: BigInt(stored.total_cents),
    createdAt: stored.created_at,
  };
}
