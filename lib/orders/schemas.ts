import { z } from 'zod';
import { name, otherwise, text, wholeNumber } from '../kernel/fields.ts';
import { MAX_MINOR } from '../kernel/money.ts';

/*
 * What clients send and get, as zod schemas and so as JSON Schema: z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }).
 */

/** The most that a product can have, and the most of it that one order can take. */
export const MAX_STOCK = 1_000_000_000n;
export const MAX_QUANTITY = 1_000_000n;
/** A DynamoDB transaction takes 100 items: the order and its idempotency record are two of them. */
export const MAX_LINES = 90;

const absent = (reason: string) => z.never(reason).optional();
const cents = (max = MAX_MINOR) => wholeNumber(0n, max);

/** POST /products */
export const productRequest = z.object(
  { id: name().optional(), name: text(200), stock: wholeNumber(0n, MAX_STOCK), price_cents: cents() },
  'must be a JSON object',
);

const line = z.object({ product_id: name(), quantity: wholeNumber(1n, MAX_QUANTITY) }, 'must be an object');

/** POST /orders, of one product */
export const singleOrderRequest = z.object(
  { buyer_id: text(128), ...line.shape, lines: absent('is for orders without "product_id" and "quantity"') },
  'must be a JSON object',
);

/** POST /orders, of several products: all of it is sold or nothing */
export const cartRequest = z.object(
  {
    buyer_id: text(128),
    lines: z
      .array(line, otherwise('must be a list'))
      .min(1, 'must not be empty')
      .max(MAX_LINES, `must be at most ${MAX_LINES} lines`),
    product_id: absent('cannot be combined with "lines"'),
    quantity: absent('cannot be combined with "lines"'),
  },
  'must be a JSON object',
);

export const orderRequest = z.union([singleOrderRequest, cartRequest]);

const created = { created_at: z.iso.datetime() };

/** `initial_stock` = `stock` + `sold`, at every read. */
export const productAnswer = z.object({
  id: z.string(),
  name: z.string(),
  price_cents: cents(),
  stock: wholeNumber(0n, MAX_STOCK),
  initial_stock: wholeNumber(0n, MAX_STOCK),
  sold: wholeNumber(0n, MAX_STOCK),
  ...created,
});

const soldLine = z.object({ product_id: z.string(), quantity: wholeNumber(1n, MAX_QUANTITY), price_cents: cents() });
const MOST = BigInt(MAX_LINES) * MAX_QUANTITY * MAX_MINOR;

/** Written digit by digit: a total may be more than a float can hold. */
export const orderAnswer = z.object({
  id: z.string(),
  buyer_id: z.string(),
  ...soldLine.partial().shape, // of an order of one product
  lines: z.array(soldLine),
  total_cents: cents(MOST),
  ...created,
});
