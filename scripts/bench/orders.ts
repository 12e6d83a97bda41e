import type { Endpoints } from '../endpoints.ts';
import type { Operation } from './bill.ts';
import { type Limits, limitOf } from './calibration.ts';
import { inParallel, post, quiet } from './load.ts';
import { median } from './measure.ts';
import { between, type Counts, meterOf, requestsTo } from './meter.ts';
import { atMost, line } from './report.ts';

const BUYERS = 500;
const STOCK = 100;
/** The first runs count as those of a service that has just started. */
const WARM_UPS = 3;
const BUDGET_SECONDS = { first: 1, warm: 0.7 };
/** Orders that are all sold, for what one of them costs. */
const SOLD = 300;
const CLIENTS = 10;

export const ORDERS_NOTES = `
orders   ${BUYERS} requests POST /orders of one piece each, all at once, of a product with a stock of ${STOCK}; seconds
         from the first one until the last answer, latencies of single answers; writes and requests to DynamoDB. The cost
         of a sold order is counted with ${CLIENTS} clients and enough stock`;

export type OrdersMeasured = {
  readonly sold: number;
  readonly refused: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly counts: Counts;
};

/** `first`: the first requests after the start. */
type Rushes = { readonly first: OrdersMeasured; readonly warm: readonly OrdersMeasured[] };

/** Each run has a product of its own. */
export async function benchOrders(at: Endpoints, runs = 9): Promise<Rushes> {
  const first = await rush(at, 'bench-first');
  const measured: OrdersMeasured[] = [];
  for (let run = 2; run <= WARM_UPS + runs; run += 1) measured.push(await rush(at, `bench-${run}`));
  return { first, warm: measured.slice(WARM_UPS - 1) };
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
    counts: between(before, after),
  };
}

export function ordersRow({ first, warm: measured }: Rushes, limits: Limits) {
  const figure = (of: (one: OrdersMeasured) => number, digits = 0) => Number(median(measured.map(of)).toFixed(digits));
  return {
    orders: BUYERS,
    stock: STOCK,
    runs: measured.length,
    s: figure(({ seconds }) => seconds, 2),
    'first, s': Number(first.seconds.toFixed(2)),
    ...measured.slice(0, 1).map((one) => limitOf(limits, one))[0],
    'p50 ms': figure(({ p50Ms }) => p50Ms),
    'p99 ms': figure(({ p99Ms }) => p99Ms),
    'writes/sold order': figure(({ counts, sold }) => counts.itemWrites / sold, 2),
    'requests/order': figure(({ counts }) => requestsTo('dynamo', counts) / BUYERS, 2),
  };
}

export function ordersBudgets({ first, warm }: Rushes) {
  const seconds = (measured: readonly OrdersMeasured[]) =>
    Number(median(measured.map((one) => one.seconds)).toFixed(2));
  const what = `${BUYERS} orders at once on a stock of ${STOCK}, s`;
  return [
    line(`${what}, first after the start`, seconds([first]), atMost(BUDGET_SECONDS.first)),
    line(`${what}, warm`, seconds(warm), atMost(BUDGET_SECONDS.warm)),
  ];
}

export async function orderOperation(at: Endpoints): Promise<Operation[]> {
  await post(at, '/products', { id: 'bench-sold', name: 'Ticket', stock: SOLD, price_cents: 1_000 });
  const before = await quiet(at);
  await inParallel(CLIENTS, SOLD, async (nth) => {
    const status = await post(at, '/orders', { product_id: 'bench-sold', quantity: 1, buyer_id: `buyer-${nth}` });
    if (status !== 200) throw new Error(`An order was answered ${status}`);
  });
  return [{ operation: 'order', many: SOLD, counts: between(before, await quiet(at)) }];
}
