import type { Endpoints } from '../client.ts';
import { inParallel, post, quiet } from './load.ts';
import { meterOf } from './measure.ts';

/** More than all payments spend. */
const DEPOSIT = 1_000_000_000;
const PROVIDER = 'bench';

export const WALLETS_NOTES = `
wallets  payments of one minor unit, one by one from each client; the gateway answers at once; latency from the
         request to its answer; writes and requests to DynamoDB as above, counted until every event is published and
         counted: the idempotency record, the wallet, two journal entries, the payment twice, and two events, each stored,
         published, counted and logged. "one" is a wallet that all clients pay from, where payments go one after the other`;

type Load = { readonly clients: number; readonly wallets: 'own' | 'one'; readonly payments: number };

export type WalletsMeasured = Load & {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly writes: number;
  readonly requests: number;
};

export async function benchWallets(at: Endpoints, quick: boolean): Promise<WalletsMeasured[]> {
  const many = quick ? 200 : 2_000;
  const loads: Load[] = [
    { clients: 1, wallets: 'own', payments: many / 5 },
    { clients: 10, wallets: 'own', payments: many },
    { clients: 50, wallets: 'own', payments: many },
    { clients: 50, wallets: 'one', payments: many / 2 },
  ];
  await post(at, '/providers', { provider_id: PROVIDER, name: 'Bench' });
  await measure(at, 'warm', { clients: 50, wallets: 'own', payments: 300 });
  const measured: WalletsMeasured[] = [];
  for (const [index, load] of loads.entries()) measured.push(await measure(at, `bench-${index}`, load));
  return measured;
}

async function measure(at: Endpoints, name: string, load: Load): Promise<WalletsMeasured> {
  const walletOf = (client: number) => (load.wallets === 'one' ? name : `${name}-${client}`);
  const users = new Set(Array.from({ length: load.clients }, (_, client) => walletOf(client)));
  for (const user of users) {
    await post(at, '/wallets', { user_id: user, currency: 'IDR' });
    await post(at, `/wallets/${user}/deposits`, { amount: DEPOSIT, currency: 'IDR' }, `deposit-${user}`);
  }
  await quiet(at);
  const before = await meterOf(at);
  const began = performance.now();
  const latencies: number[] = [];
  await inParallel(load.clients, load.payments, async (nth, client) => {
    const sent = performance.now();
    const payment = { provider_id: PROVIDER, external_reference: `bill-${nth}`, amount: 1, currency: 'IDR' };
    const status = await post(at, `/wallets/${walletOf(client)}/payments`, payment, `${name}-${nth}`);
    if (status !== 201) throw new Error(`A payment was answered ${status}`);
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
    writes: after.itemWrites - before.itemWrites,
    requests: after.dynamoRequests - before.dynamoRequests,
  };
}

export function walletsRow({ clients, wallets, payments, perSecond, p50Ms, p99Ms, writes, requests }: WalletsMeasured) {
  return {
    clients,
    wallets,
    payments,
    'payments/s': Math.round(perSecond),
    'p50 ms': Number(p50Ms.toFixed(1)),
    'p99 ms': Number(p99Ms.toFixed(1)),
    'writes/payment': Number((writes / payments).toFixed(2)),
    'requests/payment': Number((requests / payments).toFixed(2)),
  };
}
