import { clientOf, type Endpoints } from '../endpoints.ts';
import type { Operation } from './bill.ts';
import { type Limits, limitOf } from './calibration.ts';
import { emptied, inParallel, post, quiet } from './load.ts';
import { between, type Counts, meterOf, requestsTo, sum } from './meter.ts';
import { atMost, line } from './report.ts';

const CLIENTS = 50;
const USERS = 50;
const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
const POLL_MS = 20;

export const WITHDRAWALS_NOTES = `
withdrawals  50 clients, 50 wallets, a chain that answers at once and is final at once. "accepted/s": the processor stopped,
             until the last 201. "sent/s": from the start of the processor until the last one is completed. "both/s": with the
             processor running, from the first request until the last one is completed. Writes and requests of "both", counted
             until every event is published and counted`;

type Load = { readonly source: 'wallet' | 'external'; readonly many: number };

export type WithdrawalsMeasured = Load & {
  readonly acceptedPerSecond: number;
  readonly sentPerSecond: number;
  readonly bothPerSecond: number;
  readonly counts: Counts;
};

export async function benchWithdrawals(at: Endpoints, quick: boolean): Promise<WithdrawalsMeasured[]> {
  await openCryptoWallets(at);
  await accept(at, 'warm', { source: 'wallet', many: 200 });
  await drained(at);
  const many = quick ? 300 : 2_000;
  const measured: WithdrawalsMeasured[] = [];
  for (const source of ['wallet', 'external'] as const) measured.push(await measure(at, { source, many }));
  return measured;
}

/** The wallets that {@link accept} withdraws from. */
export async function openCryptoWallets(at: Endpoints): Promise<void> {
  for (let user = 0; user < USERS; user += 1) {
    await post(at, '/wallets', { user_id: `bench-${user}`, currency: 'ETH' });
    const deposit = { amount: `1${'0'.repeat(24)}`, currency: 'ETH' };
    await post(at, `/wallets/bench-${user}/deposits`, deposit, `deposit-${user}`);
  }
}

async function measure(at: Endpoints, load: Load): Promise<WithdrawalsMeasured> {
  await clientOf(at).processor.stop();
  const acceptedSeconds = await accept(at, `apart-${load.source}`, load);
  await quiet(at);
  const started = performance.now();
  await clientOf(at).processor.start();
  await drained(at);
  const sentSeconds = (performance.now() - started) / 1_000;
  const before = await quiet(at);
  const began = performance.now();
  await accept(at, `both-${load.source}`, load);
  await drained(at);
  const bothSeconds = (performance.now() - began) / 1_000;
  await quiet(at);
  const after = await meterOf(at);
  return {
    ...load,
    acceptedPerSecond: load.many / acceptedSeconds,
    sentPerSecond: load.many / sentSeconds,
    bothPerSecond: load.many / bothSeconds,
    counts: between(before, after),
  };
}

/** @returns seconds */
export async function accept(at: Endpoints, name: string, { source, many }: Load): Promise<number> {
  const began = performance.now();
  await inParallel(CLIENTS, many, async (nth) => {
    const body = {
      ...{ user_id: `bench-${nth % USERS}`, asset: 'ETH', amount: '100000000000000' },
      ...{ destination_address: ADDRESS, network: 'ethereum', source },
    };
    const status = await post(at, '/withdrawals', body, `${name}-${nth}`);
    if (status !== 201) throw new Error(`A withdrawal was answered ${status}`);
  });
  return (performance.now() - began) / 1_000;
}

/** Waits until no withdrawal is open. Statistics of the processor would cost 80 requests to DynamoDB each time. */
export async function drained(at: Endpoints): Promise<void> {
  await emptied(at, { TableName: 'sluice-local-withdrawals', IndexName: 'gsi2' }, POLL_MS);
}

export function withdrawalsRow(measured: WithdrawalsMeasured, limits: Limits) {
  const { source, many, counts } = measured;
  const each = (count: number) => Number((count / many).toFixed(2));
  return {
    source,
    withdrawals: many,
    'accepted/s': Math.round(measured.acceptedPerSecond),
    'sent/s': Math.round(measured.sentPerSecond),
    'both/s': Math.round(measured.bothPerSecond),
    ...limitOf(limits, { counts, seconds: many / measured.bothPerSecond, bankCalls: many }),
    'writes each': each(counts.itemWrites),
    'requests each': each(requestsTo('dynamo', counts)),
    'SQS each': each(requestsTo('sqs', counts)),
  };
}

export function withdrawalsBudgets(measured: readonly WithdrawalsMeasured[]) {
  return measured
    .filter(({ source }) => source === 'wallet')
    .flatMap(({ many, counts }) => [
      line('item writes per withdrawal', Number((counts.itemWrites / many).toFixed(2)), atMost(9)),
      line('write units per withdrawal', Number((sum(counts.units?.written) / many).toFixed(2)), atMost(30)),
    ]);
}

export const withdrawalOperations = (measured: readonly WithdrawalsMeasured[]): Operation[] =>
  measured.map(({ source, many, counts }) => ({ operation: `withdrawal, ${source}`, many, counts }));
