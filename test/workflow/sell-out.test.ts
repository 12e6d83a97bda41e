import { setTimeout } from 'node:timers/promises';
import pMap from 'p-map';
import { describe, expect, it } from 'vitest';
import type { ProductId } from '../../lib/orders/ids.ts';
import type { OrderRequest } from '../../lib/orders/order.ts';
import { seededRandom } from '../support/clock.ts';
import { givenADatabase } from '../support/database.ts';
import { type Bought, order, Shop } from '../support/shop.ts';

const BUYERS = 5_000;
const AT_ONCE = 50;
/** Buyers ask for more than twice the stock of tickets; every cart has one. There are enough hats. */
const STOCKS = { ticket: 4_000, poster: 600, mug: 350, hat: 20_000 };
const NAMES = Object.keys(STOCKS);

const database = await givenADatabase();

/** One to three pieces; every third buyer has a cart of a ticket and another product. */
function request(random: () => number, buyer: number): OrderRequest {
  const quantity = () => 1 + Math.floor(random() * 3);
  const other = NAMES[1 + Math.floor(random() * 3)] ?? '';
  const wanted = buyer % 3 === 0 ? { ticket: quantity(), [other]: quantity() } : { ticket: quantity() };
  return order(buyer % 7 === 0 ? { [other]: quantity() } : wanted, `buyer-${buyer}`);
}

/** Reads every product until `isOver`; every read must be consistent by itself. */
async function watch(shop: Shop, isOver: () => boolean): Promise<number> {
  const least = new Map<ProductId, number>();
  let reads = 0;
  for (; !isOver(); reads += 1) {
    for (const { id, stock, initialStock } of (await shop.deps.products.readAll(NAMES as ProductId[])).values()) {
      expect(stock).toBeGreaterThanOrEqual(0);
      expect(stock).toBeLessThanOrEqual(least.get(id) ?? initialStock);
      least.set(id, stock);
    }
    await setTimeout(1);
  }
  return reads;
}

describe('5,000 buyers of 1 to 3 pieces and of carts that share a product, 50 at once', () => {
  it('get all the stock and no more; no order is refused while its stock is left', { timeout: 120_000 }, async () => {
    const shop = await Shop.open(database);
    await shop.stock(STOCKS);
    const containers = Array.from({ length: AT_ONCE }, () => shop.newProcess());
    const random = seededRandom(5);
    const requests = Array.from({ length: BUYERS }, (_, buyer) => request(random, buyer));

    let isOver = false;
    const watching = watch(shop.newProcess(), () => isOver);
    const answers = await pMap(
      requests,
      (wanted, index) => containers[index % AT_ONCE]?.buy(wanted, index % 2 === 0 ? `key-${index}` : undefined),
      { concurrency: AT_ONCE },
    ).finally(() => (isOver = true));
    expect(await watching).toBeGreaterThan(50);

    const { orders, left } = await shop.audit();
    expect(orders).toHaveLength(answers.filter((answer) => answer && 'order' in answer).length);
    const refusals = answers.flatMap((answer, index) => refusalOf(answer, requests[index]));
    expect(refusals.length).toBeGreaterThan(500);
    for (const { product, requested, available } of refusals) {
      // The stock covered too little at the refusal. Stock only falls, so the end has no more than that.
      expect(available).toBeLessThan(requested);
      expect(left[product]).toBeLessThanOrEqual(available);
    }
    // Orders of one piece were refused only of sold-out products.
    expect(smallest(refusals, 'ticket')).toBe(1);
    expect(left).toMatchObject({ ticket: 0 });
    for (const name of NAMES) expect(left[name]).toBeLessThan(smallest(refusals, name));
    expect(smallest(refusals, 'hat')).toBe(Number.POSITIVE_INFINITY);
  });
});

type Refusal = { product: string; requested: number; available: number };

/** The products that a refused order lacked. The answer must repeat the quantities of the request. */
function refusalOf(answer: Bought | undefined, wanted: OrderRequest | undefined): Refusal[] {
  if (!answer || 'order' in answer) return [];
  expect(answer.refused).toBe('OUT_OF_STOCK');
  expect(answer.details.length).toBeGreaterThan(0);
  return answer.details.map(({ product_id, requested, available }) => {
    expect(wanted?.lines).toContainEqual({ productId: product_id, quantity: requested });
    return { product: String(product_id), requested: Number(requested), available: Number(available) };
  });
}

function smallest(refusals: readonly Refusal[], name: string): number {
  return Math.min(...refusals.filter(({ product }) => product === name).map(({ requested }) => requested));
}
