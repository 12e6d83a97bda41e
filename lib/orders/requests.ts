import { z } from 'zod';
import { always, name, object, otherwise, shapes, text, wholeNumber } from '../kernel/fields.ts';
import { MAX_MINOR } from '../kernel/money.ts';
import type { ProductId } from './ids.ts';
import type { OrderRequest } from './order.ts';
import type { ProductRequest } from './product.ts';

/** The most that a product can have, and the most of it that one order can take. */
const MAX_STOCK = 1_000_000_000n;
const MAX_QUANTITY = 1_000_000n;
/** A DynamoDB transaction takes 100 items: the order and its idempotency record are two of them. */
const MAX_LINES = 90;

const productId = name().transform((id) => id as ProductId);

/** The body of POST /products */
export const productRequest = object({
  id: productId.optional().meta({
    description: 'Your name for the product, and its idempotency key. Without it the service chooses one.',
  }),
  name: text(200),
  stock: wholeNumber(0n, MAX_STOCK),
  price_cents: wholeNumber(0n, MAX_MINOR),
})
  .transform(
    ({ id, name: shown, stock, price_cents: priceCents }): ProductRequest => ({
      id,
      name: shown,
      stock: Number(stock),
      priceCents,
    }),
  )
  .meta({ id: 'ProductRequest' });

const line = { product_id: productId, quantity: wholeNumber(1n, MAX_QUANTITY) };
type Line = { readonly product_id: ProductId; readonly quantity: bigint };

const absent = (reason: string) => z.never(reason).optional();

const singleOrder = object({
  buyer_id: text(128),
  ...line,
  lines: absent('is for orders without "product_id" and "quantity"'),
})
  .transform(({ buyer_id, ...only }) => orderOf(buyer_id, [only]))
  .meta({ id: 'SingleOrderRequest' });

const cart = object({
  buyer_id: text(128),
  lines: z
    .array(object(line, 'must be an object').meta({ id: 'OrderRequestLine' }), otherwise('must be a list'))
    .min(1, 'must not be empty')
    .max(MAX_LINES, `must be at most ${MAX_LINES} lines`)
    .superRefine((lines, context) => {
      const valid = Array.isArray(lines) ? lines.filter((each) => typeof each?.quantity === 'bigint') : [];
      for (const [id, quantity] of quantitiesIn(valid)) {
        if (quantity <= MAX_QUANTITY) continue;
        const message = `request ${quantity} of "${id}" in total, at most ${MAX_QUANTITY} are allowed`;
        context.addIssue({ code: 'custom', message });
      }
    }, always)
    .meta({ description: 'Quantities of the same product are added.' }),
  product_id: absent('cannot be combined with "lines"'),
  quantity: absent('cannot be combined with "lines"'),
})
  .transform(({ buyer_id, lines }) => orderOf(buyer_id, lines))
  .meta({ id: 'CartRequest' });

const isCart = (body: unknown) =>
  typeof body === 'object' && body !== null && 'lines' in body && !('product_id' in body);

/** The body of POST /orders: of one product, or of several that are sold together or not at all. */
export const orderRequest = shapes([singleOrder, cart], (body) => (isCart(body) ? cart : singleOrder)).meta({
  id: 'OrderRequest',
});

function orderOf(buyerId: string, lines: readonly Line[]): OrderRequest {
  const wanted = [...quantitiesIn(lines)].map(([id, quantity]) => ({ productId: id, quantity: Number(quantity) }));
  return { buyerId, lines: wanted };
}

/** Of each product, in the order in which the lines first name it. */
function quantitiesIn(lines: readonly Line[]): Map<ProductId, bigint> {
  const quantities = new Map<ProductId, bigint>();
  for (const { product_id: id, quantity } of lines) quantities.set(id, (quantities.get(id) ?? 0n) + quantity);
  return quantities;
}
