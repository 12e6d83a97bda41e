import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { fingerprint, type IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createProduct } from '../../lib/orders/create-product.ts';
import { placeOrder } from '../../lib/orders/place-order.ts';
import { orderRequest, productRequest } from '../../lib/orders/requests.ts';
import { givenADatabase } from '../support/database.ts';
import { Shop } from '../support/shop.ts';

const RUNS = 100;
const STEPS = 50;

const database = await givenADatabase();

type Line = { readonly product_id: string; readonly quantity: number };
type Step =
  | { readonly kind: 'product'; readonly body: { readonly id: string; readonly stock: number } }
  | { readonly kind: 'order'; readonly buyer: string; readonly lines: readonly Line[]; readonly key?: string };

/** Few products, buyers and keys, so that they collide; `d` is seldom created, and some quantities are invalid. */
const id = fc.constantFrom('a', 'a', 'b', 'b', 'c', 'd');
const quantity = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constantFrom(0, -3, 1.5, 1e9));
const line: fc.Arbitrary<Line> = fc.record({ product_id: id, quantity });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('product' as const),
      body: fc.record({ id, stock: fc.integer({ min: 0, max: 12 }) }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record(
      {
        kind: fc.constant('order' as const),
        buyer: fc.constantFrom('ana', 'ben'),
        lines: fc.array(line, { minLength: 1, maxLength: 3 }),
        key: fc.constantFrom('k-1', 'k-2', 'k-3'),
      },
      { requiredKeys: ['kind', 'buyer', 'lines'] },
    ),
  },
);

/** The model: a stock for each product, and for each key its first request. */
class Model {
  readonly stock = new Map<string, { initial: number; left: number }>();
  readonly #firstUse = new Map<string, string>();
  sold = 0;

  expected(step: Step): string {
    return step.kind === 'product' ? this.#product(step.body) : this.#order(step);
  }

  #product({ id, stock }: { id: string; stock: number }): string {
    const known = this.stock.get(id);
    if (known) return known.initial === stock ? 'replayed' : 'IDEMPOTENCY_MISMATCH';
    this.stock.set(id, { initial: stock, left: stock });
    return 'done';
  }

  #order({ buyer, lines, key }: Extract<Step, { kind: 'order' }>): string {
    if (lines.some((each) => ![1, 2, 3, 4].includes(each.quantity))) return 'VALIDATION_ERROR';
    const wanted = new Map<string, number>();
    for (const each of lines) wanted.set(each.product_id, (wanted.get(each.product_id) ?? 0) + each.quantity);
    const use = fingerprint([buyer, [...wanted]]);
    const first = key && this.#firstUse.get(key);
    if (first) return first === use ? 'replayed' : 'IDEMPOTENCY_MISMATCH';
    if ([...wanted.keys()].some((each) => !this.stock.has(each))) return 'NOT_FOUND';
    if ([...wanted].some(([each, pieces]) => (this.stock.get(each)?.left ?? 0) < pieces)) return 'OUT_OF_STOCK';
    for (const [each, pieces] of wanted) {
      const known = this.stock.get(each);
      if (known) known.left -= pieces;
    }
    if (key) this.#firstUse.set(key, use);
    this.sold += 1;
    return 'done';
  }
}

/** The same step through the service, from the body of the request to the database. */
async function actual({ deps }: Shop, step: Step): Promise<string> {
  try {
    const { replayed } = await (step.kind === 'product' ? stocking(step) : ordering(step));
    return replayed ? 'replayed' : 'done';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }

  function stocking({ body }: Extract<Step, { kind: 'product' }>) {
    return createProduct(deps, validate(productRequest, sent({ ...body, name: 'N', price_cents: 7 })), undefined);
  }
  function ordering({ buyer, lines, key }: Extract<Step, { kind: 'order' }>) {
    const [only] = lines;
    const body = lines.length === 1 ? { buyer_id: buyer, ...only } : { buyer_id: buyer, lines };
    return placeOrder(deps, validate(orderRequest, sent(body)), key as IdempotencyKey | undefined);
  }
}

const sent = (body: object) => parseExact(JSON.stringify(body));

describe(`${RUNS * STEPS} random requests`, () => {
  it('are answered one by one as the model predicts, and the stock adds up', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
        const shop = await Shop.open(database);
        const model = new Model();
        for (const each of steps) expect([each, await actual(shop, each)]).toEqual([each, model.expected(each)]);
        const { orders, left } = await shop.audit();
        expect(orders).toHaveLength(model.sold);
        expect(left).toEqual(Object.fromEntries([...model.stock].map(([name, stock]) => [name, stock.left])));
      }),
      { numRuns: RUNS },
    );
  });

  it('ten at a time never oversell, and each key buys at most once', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
        const shop = await Shop.open(database);
        await shop.stock({ a: 12, b: 8 }, 7n);
        const answers: string[] = [];
        for (let at = 0; at < steps.length; at += 10) {
          const some = steps.slice(at, at + 10);
          answers.push(...(await Promise.all(some.map((each) => actual(shop.newProcess(), each)))));
        }
        const { orders } = await shop.audit();
        const sold = steps.filter((each, index) => each.kind === 'order' && answers[index] === 'done');
        expect(orders).toHaveLength(sold.length);
        const keys = sold.flatMap((each) => ('key' in each && each.key ? [each.key] : []));
        expect(new Set(keys).size).toBe(keys.length);
        for (const refused of ['INTERNAL', 'RATE_LIMITED']) expect(answers).not.toContain(refused);
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
