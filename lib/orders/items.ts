import { z } from 'zod';
import { digits, entity, fields, text } from '../kernel/codec.ts';
import type { OrderId, ProductId } from './ids.ts';
import type { Order, OrderLine } from './order.ts';
import type { Product } from './product.ts';

/**
 * How products and orders are stored in DynamoDB:
 *
 *     pk PRODUCT#<id>        sk PRODUCT  the stock; every order of the product updates it
 *     pk ORDER#<id>          sk ORDER    the order
 *     pk IDEM#<scope>#<key>  sk IDEM     an idempotency key and the resource that it made, for a day
 *
 * The stock is a number, since the database subtracts from it.
 */
export const productKey = (id: ProductId) => ({ pk: `PRODUCT#${id}`, sk: 'PRODUCT' });
export const orderKey = (id: OrderId) => ({ pk: `ORDER#${id}`, sk: 'ORDER' });

export const { encode: productItem, decode: productOf } = entity(
  fields<Product>({
    id: text<ProductId>(),
    name: text(),
    priceCents: digits(),
    stock: z.int(),
    initialStock: z.int(),
    createdAt: text(),
  }),
  ({ id }) => productKey(id),
);

export const { encode: orderItem, decode: orderOf } = entity(
  fields<Order>({
    id: text<OrderId>(),
    buyerId: text(),
    lines: z.array(fields<OrderLine>({ productId: text<ProductId>(), quantity: z.int(), priceCents: digits() })),
    totalCents: digits(),
    createdAt: text(),
  }),
  ({ id }) => orderKey(id),
);
