import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { orderRequest, productRequest } from '../../lib/orders/requests.ts';
import { problemsOf } from '../support/problems.ts';

const WHOLE_QUANTITY = 'must be a whole number from 1 to 1000000';
const WHOLE_STOCK = 'must be a whole number from 0 to 1000000000';
const WHOLE_CENTS = 'must be a whole number from 0 to 9007199254740991';
const A_NAME = 'must be 1 to 64 letters, digits, "_" or "-", beginning with a letter or digit';

/** The edge parses the body with exact numbers. */
const exact = (body: unknown) => parseExact(typeof body === 'string' ? body : JSON.stringify(body));
/** A body, as text, with a value that JSON.stringify cannot write, in place of `"@"`. */
const having = (written: string, body: object) => JSON.stringify(body).replace('"@"', written);
const anOrder = (changes: object = {}) => ({ buyer_id: 'ana', product_id: 'shirt', quantity: 1, ...changes });
const aCart = (...lines: unknown[]) => ({ buyer_id: 'ana', lines });
const aLine = (changes: object = {}) => ({ product_id: 'shirt', quantity: 1, ...changes });
const aProduct = (changes: object = {}) => ({ id: 'shirt', name: 'T-shirt', stock: 5, price_cents: 1999, ...changes });

type Wrong = [body: unknown, path: string, reason: string];

/** Numbers that are not whole, or not in plain digits. */
const NO_WHOLE_NUMBERS = [
  '-3',
  '-0',
  '1.5',
  '1.0',
  '1e0',
  '1E2',
  '"1"',
  'null',
  'true',
  '[1]',
  '{}',
  '9'.repeat(1_000),
];

describe('an order is accepted', () => {
  const parsed = (body: object) => validate(orderRequest, exact(body));

  it('with one product', () => {
    expect(parsed(anOrder({ quantity: 3 }))).toEqual({ buyerId: 'ana', lines: [{ productId: 'shirt', quantity: 3 }] });
  });

  it('with several products, each counted once on any number of lines', () => {
    const lines = [aLine({ quantity: 2 }), aLine({ product_id: 'cap' }), aLine({ quantity: 3 })];
    expect(parsed(aCart(...lines))).toEqual({
      buyerId: 'ana',
      lines: [
        { productId: 'shirt', quantity: 5 },
        { productId: 'cap', quantity: 1 },
      ],
    });
  });

  it('in both shapes', () => {
    expect(parsed(aCart(aLine()))).toEqual(parsed(anOrder()));
  });

  it('with the largest quantity, and with 90 lines', () => {
    expect(parsed(anOrder({ quantity: 1_000_000 })).lines).toHaveLength(1);
    const lines = Array.from({ length: 90 }, (_, index) => aLine({ product_id: `p-${index}` }));
    expect(parsed(aCart(...lines)).lines).toHaveLength(90);
  });
});

describe('an invalid order is refused, by field', () => {
  it.each<Wrong>([
    [having('0', anOrder({ quantity: '@' })), 'quantity', WHOLE_QUANTITY],
    [having('1000000000', anOrder({ quantity: '@' })), 'quantity', WHOLE_QUANTITY],
    [having('1000001', anOrder({ quantity: '@' })), 'quantity', WHOLE_QUANTITY],
    ...NO_WHOLE_NUMBERS.map((it): Wrong => [having(it, anOrder({ quantity: '@' })), 'quantity', WHOLE_QUANTITY]),
    ...NO_WHOLE_NUMBERS.map(
      (it): Wrong =>
        [having(it, aCart(aLine(), aLine({ quantity: '@' }))), 'lines[1].quantity', WHOLE_QUANTITY] as const,
    ),
    [anOrder({ quantity: undefined }), 'quantity', 'is required'],
    [anOrder({ product_id: undefined }), 'product_id', 'is required'],
    [anOrder({ buyer_id: undefined }), 'buyer_id', 'is required'],
    [anOrder({ product_id: 'a b' }), 'product_id', A_NAME],
    [anOrder({ product_id: '' }), 'product_id', A_NAME],
    [anOrder({ product_id: 'p'.repeat(65) }), 'product_id', A_NAME],
    [anOrder({ product_id: ['shirt'] }), 'product_id', 'must be a string'],
    [anOrder({ buyer_id: '  ' }), 'buyer_id', 'must not be empty'],
    [anOrder({ buyer_id: 'b'.repeat(129) }), 'buyer_id', 'must be at most 128 characters'],
    [anOrder({ buyer_id: 'a\nb' }), 'buyer_id', 'must not contain control characters'],
    [anOrder({ buyer_id: '\ud800' }), 'buyer_id', 'must be well-formed Unicode'],
    [{ ...aCart(), product_id: 'shirt', quantity: 1 }, 'lines', 'is for orders without "product_id" and "quantity"'],
    [{ ...aCart(aLine()), quantity: 1 }, 'quantity', 'cannot be combined with "lines"'],
    [aCart(), 'lines', 'must not be empty'],
    [{ buyer_id: 'ana', lines: 'all' }, 'lines', 'must be a list'],
    [{ buyer_id: 'ana', lines: null }, 'lines', 'must be a list'],
    [aCart(null), 'lines[0]', 'must be an object'],
    [aCart(...Array(91).fill(aLine())), 'lines', 'must be at most 90 lines'],
    [anOrder({ note: 'hi' }), 'note', 'is not a known field'],
    [anOrder({ constructor: 1 }), 'constructor', 'is not a known field'],
    [aCart(aLine({ price_cents: 1 })), 'lines[0].price_cents', 'is not a known field'],
    ['7', '', 'must be a JSON object'],
    ['null', '', 'must be a JSON object'],
    ['[]', '', 'must be a JSON object'],
    ['"order"', '', 'must be a JSON object'],
  ])('%.80j', (body, path, reason) => {
    expect(problemsOf(() => validate(orderRequest, exact(body)))).toEqual([{ path, reason }]);
  });

  it('with a total that is too large, of valid lines', () => {
    const half = aLine({ quantity: 500_001 });
    const reason = 'request 1000002 of "shirt" in total, at most 1000000 are allowed';
    const cart = aCart(half, aLine({ product_id: 'cap' }), half);
    expect(problemsOf(() => validate(orderRequest, exact(cart)))).toEqual([{ path: 'lines', reason }]);
  });

  it('with all its errors at once', () => {
    const half = aLine({ quantity: 500_001 });
    const order = { lines: [aLine({ quantity: 0 }), {}, half, half], note: 'hi' };
    expect(problemsOf(() => validate(orderRequest, exact(order)))).toEqual([
      { path: 'buyer_id', reason: 'is required' },
      { path: 'lines[0].quantity', reason: WHOLE_QUANTITY },
      { path: 'lines[1].product_id', reason: 'is required' },
      { path: 'lines[1].quantity', reason: 'is required' },
      { path: 'lines', reason: 'request 1000002 of "shirt" in total, at most 1000000 are allowed' },
      { path: 'note', reason: 'is not a known field' },
    ]);
  });
});

describe('a product', () => {
  it('is accepted with or without an id, at any price and stock from 0 on', () => {
    expect(validate(productRequest, exact(aProduct({ id: undefined, stock: 0, price_cents: 0 })))).toEqual({
      name: 'T-shirt',
      stock: 0,
      priceCents: 0n,
    });
    const dear = having('9007199254740991', aProduct({ stock: 1_000_000_000, price_cents: '@' }));
    expect(validate(productRequest, exact(dear))).toEqual({
      id: 'shirt',
      name: 'T-shirt',
      stock: 1_000_000_000,
      priceCents: 9_007_199_254_740_991n,
    });
  });

  it.each<Wrong>([
    ...NO_WHOLE_NUMBERS.map((it): Wrong => [having(it, aProduct({ stock: '@' })), 'stock', WHOLE_STOCK]),
    ...NO_WHOLE_NUMBERS.map((it): Wrong => [having(it, aProduct({ price_cents: '@' })), 'price_cents', WHOLE_CENTS]),
    [having('1000000001', aProduct({ stock: '@' })), 'stock', WHOLE_STOCK],
    [having('9007199254740992', aProduct({ price_cents: '@' })), 'price_cents', WHOLE_CENTS],
    [aProduct({ stock: undefined }), 'stock', 'is required'],
    [aProduct({ price_cents: undefined }), 'price_cents', 'is required'],
    [aProduct({ name: undefined }), 'name', 'is required'],
    [aProduct({ name: '' }), 'name', 'must not be empty'],
    [aProduct({ name: 'n'.repeat(201) }), 'name', 'must be at most 200 characters'],
    [aProduct({ id: 'a/b' }), 'id', A_NAME],
    [aProduct({ id: null }), 'id', 'must be a string'],
    [aProduct({ price: 5 }), 'price', 'is not a known field'],
    [[], '', 'must be a JSON object'],
  ])('is refused, by field, if it is invalid: %.80j', (body, path, reason) => {
    expect(problemsOf(() => validate(productRequest, exact(body)))).toEqual([{ path, reason }]);
  });
});

describe('the schemas can be written as JSON Schema', () => {
  const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });

  it('with numbers as integers in their limits', () => {
    expect(jsonSchema(productRequest).$defs?.ProductRequest?.properties).toMatchObject({
      stock: { type: 'integer', minimum: 0, maximum: 1_000_000_000 },
      price_cents: { type: 'integer', minimum: 0 },
    });
    expect(jsonSchema(orderRequest)).toMatchObject({
      $defs: {
        OrderRequest: { anyOf: [{ $ref: '#/$defs/SingleOrderRequest' }, { $ref: '#/$defs/CartRequest' }] },
        SingleOrderRequest: { required: ['buyer_id', 'product_id', 'quantity'], additionalProperties: false },
        CartRequest: {
          required: ['buyer_id', 'lines'],
          additionalProperties: false,
          properties: { lines: { maxItems: 90, items: { $ref: '#/$defs/OrderRequestLine' } } },
        },
        OrderRequestLine: { properties: { quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 } } },
      },
    });
  });
});
