import { mapValues } from 'es-toolkit';
import type { Endpoints } from '../endpoints.ts';
import type { Operation } from './bill.ts';
import { type Limits, limitOf } from './calibration.ts';
import { inParallel, post, quiet } from './load.ts';
import { between, type Counts, meterOf, requestsTo, sum } from './meter.ts';
import { atLeast, atMost, line } from './report.ts';

/** More than all payments spend. */
const DEPOSIT = 1_000_000_000;
const PROVIDER = 'bench';

export const WALLETS_NOTES = `
wallets  payments of one minor unit, one by one from each client; the gateway answers at once; latency from the
         request to its answer; writes and requests to DynamoDB are counted until every event is published and counted.
         "one" is a wallet that all clients pay from`;

type Load = { readonly clients: number; readonly wallets: 'own' | 'one'; readonly payments: number };

export type WalletsMeasured = Load & {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly counts: Counts;
};

export async function benchWallets(at: Endpoints, quick: boolean): Promise<WalletsMeasured[]> {
  const many = quick ? 200 : 2_000;
  const loads: Load[] = [
    { clients: 1, wallets: 'own', payments: many / 5 },
    { clients: 10, wallets: 'own', payments: many },
    { clients: 50, wallets: 'own', payments: many },
    { clients: 50, wallets: 'one', payments: many / 2 },
  ];
  await measure(at, 'warm', { clients: 50, wallets: 'own', payments: 300 });
  const measured: WalletsMeasured[] = [];
  for (const [index, load] of loads.entries()) measured.push(await measure(at, `bench-${index}`, load));
  return measured;
}

async function measure(at: Endpoints, name: string, load: Load): Promise<WalletsMeasured> {
  const walletOf = (client: number) => (load.wallets === 'one' ? name : `${name}-${client}`);
  const users = new Set(Array.from({ length: load.clients }, (_, client) => walletOf(client)));
  await openWallets(at, users);
  await quiet(at);
  const before = await meterOf(at);
  const began = performance.now();
  const latencies: number[] = [];
  await inParallel(load.clients, load.payments, async (nth, client) => {
    const sent = performance.now();
    await pay(at, walletOf(client), `${name}-${nth}`);
    latencies.push(performance.now() - sent);
  });
  const seconds = (performance.now() - began) / 1_000;
  const after = await quiet(at);
  latencies.sort((a, b) => a - b);
  return {
    ...load,
    perSecond: load.payments / seconds,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    counts: between(before, after),
  };
}

/** Wallets with money, and the provider that {@link pay} pays. */
export async function openWallets(at: Endpoints, users: Iterable<string>): Promise<void> {
  await post(at, '/providers', { provider_id: PROVIDER, name: 'Bench' });
  for (const user of users) {
    await post(at, '/wallets', { user_id: user, currency: 'IDR' });
    await post(at, `/wallets/${user}/deposits`, { amount: DEPOSIT, currency: 'IDR' }, `deposit-${user}`);
  }
}

/** One payment of one minor unit. */
export async function pay(at: Endpoints, user: string, key: string): Promise<void> {
  const payment = { provider_id: PROVIDER, external_reference: `bill-${key}`, amount: 1, currency: 'IDR' };
  const status = await post(at, `/wallets/${user}/payments`, payment, key);
  if (status !== 201) throw new Error(`A payment was answered ${status}`);
}

export function walletsRow(measured: WalletsMeasured, limits: Limits) {
  const { clients, wallets, payments, perSecond, p50Ms, p99Ms, counts } = measured;
  return {
    clients,
    wallets,
    payments,
    'payments/s': Math.round(perSecond),
    ...limitOf(limits, { counts, seconds: payments / perSecond, bankCalls: payments }),
    'p50 ms': Number(p50Ms.toFixed(1)),
    'p99 ms': Number(p99Ms.toFixed(1)),
    'writes/payment': Number((counts.itemWrites / payments).toFixed(2)),
    'requests/payment': Number((requestsTo('dynamo', counts) / payments).toFixed(2)),
  };
}

const BUDGETS = [
  { clients: 1, wallets: 'own', perSecond: 120 },
  { clients: 10, wallets: 'own', perSecond: 260 },
  { clients: 50, wallets: 'own', perSecond: 300 },
  { clients: 50, wallets: 'one', perSecond: 150 },
] as const;

export function walletsBudgets(measured: readonly WalletsMeasured[]) {
  const of = (clients: number, wallets: Load['wallets']) =>
    measured.find((one) => one.clients === clients && one.wallets === wallets);
  const rates = BUDGETS.map(({ clients, wallets, perSecond }) => {
    const what = `payments/s, ${clients} client${clients === 1 ? '' : 's'}, ${wallets === 'one' ? 'one wallet' : 'a wallet each'}`;
    return line(what, Math.round(of(clients, wallets)?.perSecond ?? Number.NaN), atLeast(perSecond));
  });
  const [many, alone] = [of(50, 'own'), of(1, 'own')];
  if (!many || !alone) return rates;
  const each = (count: number, { payments } = many) => Number((count / payments).toFixed(2));
  const { counts } = many;
  return [
    ...rates,
    line('item writes per payment', each(counts.itemWrites), atMost(9)),
    line('write units per payment', each(sum(counts.units?.written)), atMost(24)),
    line('DynamoDB requests per payment, 1 client', each(requestsTo('dynamo', alone.counts), alone), atMost(3.5)),
  ];
}

/**
 * Writes of as many clients as possible, since the relay then publishes many events at once. Requests of one client: those of
 * several clients meet in the one process of `npm start`, and share calls. A Lambda function has one request at a time.
 */
export function paymentOperation(measured: readonly WalletsMeasured[]): Operation[] {
  const [alone] = measured.filter(({ clients }) => clients === 1);
  return measured
    .filter(({ clients, wallets }) => clients === 50 && wallets === 'own')
    .map(({ payments, counts }) => {
      const requests = alone && mapValues(alone.counts.requests, (count) => (count / alone.payments) * payments);
      return { operation: 'payment', many: payments, counts: { ...counts, ...(requests && { requests }) } };
    });
}
