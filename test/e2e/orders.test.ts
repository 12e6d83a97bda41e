import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderAnswer, productAnswer } from '../../lib/orders/answers.ts';
import { expectError } from '../support/expect-error.ts';
import { type Answer, Service } from '../support/service.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

let products = 0;
/** Creates one product per test. */
async function givenAProduct(stock: number, price_cents = 1_999): Promise<string> {
  const id = `product-${++products}`;
  const { status } = await service.post('/products', { id, name: 'T-shirt', stock, price_cents });
  expect(status).toBe(201);
  return id;
}

const buy = (body: object, key?: string) =>
  service.post('/orders', { buyer_id: 'ana', ...body }, key === undefined ? {} : { 'Idempotency-Key': key });
const stockOf = async (id: string) => (await service.get(`/products/${id}`)).body;
const statuses = (answers: readonly Answer[]) => Object.groupBy(answers, ({ status }) => status);

describe('a product', () => {
  it('is created, and read with its stock', async () => {
    const body = { id: 'poster', name: 'Poster', stock: 3, price_cents: 500 };
    const created = await service.post('/products', body);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/products/poster');
    expect(created.body).toMatchObject({ ...body, initial_stock: 3, sold: 0 });
    await buy({ product_id: 'poster', quantity: 2 });
    const read = await service.get('/products/poster');
    expect(productAnswer.strict().parse(read.body)).toMatchObject({ stock: 1, initial_stock: 3, sold: 2 });

    const again = await service.post('/products', body);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(again.text).toBe(created.text);
    expectError(await service.post('/products', { ...body, stock: 30 }), 422, 'IDEMPOTENCY_MISMATCH');
    expect(await stockOf('poster')).toMatchObject({ stock: 1, initial_stock: 3 });
  });

  it('that does not exist is 404', async () => {
    expectError(await service.get('/products/yeti'), 404, 'NOT_FOUND');
    expectError(await service.get('/products/%2e%2e%2fx'), 404, 'NOT_FOUND');
  });

  it('with invalid fields is 400', async () => {
    const answer = await service.post('/products', { id: 'a b', name: '', stock: -1, price_cents: 0.5 });
    expectError(answer, 400, 'VALIDATION_ERROR');
    expect(answer.body.error.details.map(({ path }: any) => path)).toEqual(['id', 'name', 'stock', 'price_cents']);
  });
});

describe('an order', () => {
  it('is sold at the price of the product, and can be read', async () => {
    const id = await givenAProduct(5);
    const answer = await buy({ product_id: id, quantity: 2 });
    expect(answer.status).toBe(200);
    expect(orderAnswer.strict().parse(answer.body)).toMatchObject({
      buyer_id: 'ana',
      product_id: id,
      quantity: 2,
      lines: [{ product_id: id, quantity: 2, price_cents: 1_999 }],
      total_cents: 3_998,
    });
    const read = await service.get(answer.headers.get('location') ?? '');
    expect([read.status, read.text]).toEqual([200, answer.text]);
    expect((await stockOf(id)).stock).toBe(3);
  });

  it('of several products is all or nothing; two lines of one product add up', async () => {
    const [shirt, cap] = [await givenAProduct(5, 100), await givenAProduct(1, 9_007_199_254_740_991)];
    const lines = [
      { product_id: shirt, quantity: 3 },
      { product_id: cap, quantity: 1 },
      { product_id: shirt, quantity: 3 },
    ];
    const refused = await buy({ lines });
    expectError(refused, 409, 'OUT_OF_STOCK');
    expect(refused.body.error.details).toEqual([
      expect.objectContaining({ path: 'quantity', product_id: shirt, requested: 6, available: 5 }),
    ]);
    expect([(await stockOf(shirt)).stock, (await stockOf(cap)).stock]).toEqual([5, 1]);

    const sold = await buy({ lines: lines.slice(1) });
    expect(sold.status).toBe(200);
    expect(sold.text).toContain('"total_cents":9007199254741291,'); // exact to the last digit
    expect([(await stockOf(shirt)).stock, (await stockOf(cap)).stock]).toEqual([2, 0]);
  });

  it('of a product that does not exist is 404', async () => {
    const answer = await buy({ product_id: 'yeti', quantity: 1 });
    expectError(answer, 404, 'NOT_FOUND');
    expect(answer.body.error.details).toEqual([expect.objectContaining({ path: 'product_id', product_id: 'yeti' })]);
  });

  it.each(['0', '-3', '1.5', '1000000000', '1e9', '1.0', '1e0', '"1"', 'null', '9'.repeat(400)])(
    'with the quantity %.20s is 400, and changes nothing',
    async (quantity) => {
      const id = await givenAProduct(5);
      const cart = {
        lines: [
          { product_id: await givenAProduct(5), quantity: 1 },
          { product_id: id, quantity: '@' },
        ],
      };
      for (const body of [{ product_id: id, quantity: '@' }, cart]) {
        const text = JSON.stringify({ buyer_id: 'ana', ...body }).replace('"@"', quantity);
        const answer = await service.post('/orders', text);
        expectError(answer, 400, 'VALIDATION_ERROR');
        expect(answer.body.error.details).toEqual([
          {
            path: 'lines' in body ? 'lines[1].quantity' : 'quantity',
            reason: 'must be a whole number from 1 to 1000000',
          },
        ]);
      }
      expect(await stockOf(id)).toMatchObject({ stock: 5, sold: 0 });
    },
  );

  it.each(['', 'no JSON', '[]', 'null', '7', '{}'])('with the body %j is 400', async (body) => {
    expectError(await service.post('/orders', body), 400, 'VALIDATION_ERROR');
  });

  it('that does not exist is 404', async () => {
    expectError(await service.get('/orders/ord_0'), 404, 'NOT_FOUND');
  });

  it('requires an API key', async () => {
    for (const [method, path] of [
      ['POST', '/products'],
      ['GET', '/products/x'],
      ['POST', '/orders'],
      ['GET', '/orders/x'],
    ] as const) {
      expectError(
        await service.request(method, path, method === 'POST' ? {} : undefined, { 'X-API-Key': '' }),
        401,
        'UNAUTHORIZED',
      );
    }
  });
});

describe('500 orders at once for 100 pieces', () => {
  it('sell 100, refuse 400 as out of stock, and leave none', async () => {
    const id = await givenAProduct(100);
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, buyer) => buy({ product_id: id, quantity: 1, buyer_id: `buyer-${buyer}` })),
    );
    const { 200: sold = [], 409: refused = [], ...others } = statuses(answers);
    expect(others).toEqual({});
    expect([sold.length, refused.length]).toEqual([100, 400]);
    for (const answer of refused) expectError(answer, 409, 'OUT_OF_STOCK');
    expect(await stockOf(id)).toMatchObject({ stock: 0, initial_stock: 100, sold: 100 });

    expect(new Set(sold.map(({ body }) => body.id)).size).toBe(100);
    const stored = await Promise.all(sold.map(({ body }) => service.get(`/orders/${body.id}`)));
    expect(stored.map(({ text }) => text)).toEqual(sold.map(({ text }) => text));
  });
});

describe('an order with an Idempotency-Key', () => {
  it('that is sent 50 times at once is one order with one answer', async () => {
    const id = await givenAProduct(3);
    const answers = await Promise.all(Array.from({ length: 50 }, () => buy({ product_id: id, quantity: 2 }, 'fifty')));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    const replays = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replays).toHaveLength(49);
    expect((await stockOf(id)).stock).toBe(1);

    expectError(await buy({ product_id: id, quantity: 1 }, 'fifty'), 422, 'IDEMPOTENCY_MISMATCH');
    expect((await stockOf(id)).stock).toBe(1);
  });

  it('with an invalid key is 400', async () => {
    const id = await givenAProduct(3);
    for (const key of [' ', 'k'.repeat(256)]) {
      expectError(await buy({ product_id: id, quantity: 1 }, key), 400, 'VALIDATION_ERROR');
    }
    expect((await stockOf(id)).stock).toBe(3);
  });

  it('has the same answer after a crash of the whole service', async () => {
    const id = await givenAProduct(2);
    const first = await buy({ product_id: id, quantity: 2 }, 'crash');
    await service.kill();
    await service.start();
    const again = await buy({ product_id: id, quantity: 2 }, 'crash');
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect((await stockOf(id)).stock).toBe(0);
  });
});
