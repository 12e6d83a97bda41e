import type { Endpoints } from '../client.ts';
import { post } from './load.ts';
import { median, meterOf } from './measure.ts';
import { atMost, line } from './report.ts';

const BUYERS = 500;
const STOCK = 100;
/** The first runs do not count. */
const WARM_UPS = 3;
const BUDGET_SECONDS = 0.64;

export const ORDERS_NOTES = `
orders   ${BUYERS} requests POST /orders of one piece each, all at once, of a product with a stock of ${STOCK}; seconds
         from the first one until the last answer, latencies of single answers; writes and requests as above, to DynamoDB`;

export type OrdersMeasured = {
  readonly sold: number;
  readonly refused: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly itemWrites: number;
  readonly dynamoRequests: number;
};

/** Each run has a product of its own. */
export async function benchOrders(at: Endpoints, runs = 9): Promise<OrdersMeasured[]> {
  const measured: OrdersMeasured[] = [];
  for (let run = 1; run <= WARM_UPS + runs; run += 1) measured.push(await rush(at, `bench-${run}`));
  return measured.slice(WARM_UPS);
}

async function rush(at: Endpoints, product: string): Promise<OrdersMeasured> {
  const stocked = await post(at, '/products', { id: product, name: 'Ticket', stock: STOCK, price_cents: 1_000 });
  if (stocked !== 201) throw new Error(`POST /products answered ${stocked}`);
  const before = await meterOf(at);
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: BUYERS }, async (_, buyer) => {
      const body = { product_id: product, quantity: 1, buyer_id: `buyer-${buyer}` };
      const status = await post(at, '/orders', body);
      return { status, ms: performance.now() - began };
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  const after = await meterOf(at);
  const latencies = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const sold = answers.filter(({ status }) => status === 200).length;
  const refused = answers.filter(({ status }) => status === 409).length;
  if (sold !== STOCK || sold + refused !== BUYERS)
    throw new Error(`Sold ${sold}, refused ${refused}: expected ${STOCK} and ${BUYERS - STOCK}`);
  return {
    sold,
    refused,
    seconds,
    p50Ms: latencies[Math.floor(BUYERS * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(BUYERS * 0.99)] ?? Number.NaN,
    itemWrites: after.itemWrites - before.itemWrites,
    dynamoRequests: after.dynamoRequests - before.dynamoRequests,
  };
}

export function ordersRow(measured: readonly OrdersMeasured[]) {
  const figure = (of: (one: OrdersMeasured) => number, digits = 0) => Number(median(measured.map(of)).toFixed(digits));
  return {
    orders: BUYERS,
    stock: STOCK,
    runs: measured.length,
    s: figure(({ seconds }) => seconds, 2),
    'p50 ms': figure(({ p50Ms }) => p50Ms),
    'p99 ms': figure(({ p99Ms }) => p99Ms),
    'writes/sold order': figure(({ itemWrites, sold }) => itemWrites / sold, 2),
    'requests/order': figure(({ dynamoRequests }) => dynamoRequests / BUYERS, 2),
  };
}

export function ordersBudgets(measured: readonly OrdersMeasured[]) {
  const seconds = Number(median(measured.map((one) => one.seconds)).toFixed(2));
  return [line(`${BUYERS} orders at once on a stock of ${STOCK}, s`, seconds, atMost(BUDGET_SECONDS))];
}
