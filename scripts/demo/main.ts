/**
 * `npm run demo`: pays three batches on a service of its own, kills the service in the middle, and checks the result against
 * the ledger of the bank. Exit code 0 only if every check passed.
 */

import { type Batch, isFinished, type Sluice } from '../../client/index.ts';
import { MockBank } from '../bank.ts';
import { run } from '../command.ts';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { SIZES, seedBatch, type VendorPayout } from '../seed/vendors.ts';
import { type ServiceProcess, withService } from '../service.ts';
import { exitCodeOf, summaryOf, textOf } from '../verify/report.ts';
import { type Selection, type Verified, verifyAll } from '../verify/verify.ts';
import { shareDone, watch } from './progress.ts';
import { differencesToSubmitted } from './submitted.ts';

const SEED = 42;
const BANK = { mode: 'random', seed: SEED, latency_ms: [20, 120] };
const KILL_AT = 0.4;
const DIFFERENCES_SHOWN = 20;
const CURRENCIES = ['IDR', 'PHP', 'VND'] as const;

const print = (line = '') => console.log(line && `   ${line}`);
const chapter = (number: number, title: string) => console.log(`\n${number}. ${title}\n`);

type SeedBatch = ReturnType<typeof seedBatch>;

async function demo(service: ServiceProcess): Promise<void> {
  chapter(1, 'A marketplace owes money to 6,100 vendors.');
  const batches = SIZES.map((size) => seedBatch(size, SEED));
  for (const { batch_id, payouts } of batches) print(`${batch_id.padEnd(14)} ${describe(payouts)}`);
  print(`All data is generated from the seed ${SEED}.`);

  chapter(2, 'The service starts: API, workers, queues, database, and a bank that refuses some payouts.');
  const started = Date.now();
  const at = await service.start();
  await new MockBank(at).setMode(BANK);
  print(`Ready after ${seconds(started)}. Watch it at ${at.api}/console/ with the key ${at.apiKey}`);
  print('The screen Now shows the batches; a batch shows its chunks, and a failed payout why it failed.');
  print(`The bank answers after 20 to 120 ms and refuses 15 % of the payouts.`);

  chapter(3, 'The three batches are submitted and paid.');
  const sluice = clientOf(at);
  for (const batch of batches) await sluice.batches.create(batch);
  await killInTheMiddle(service, sluice, batches);
  const endpoints = await restart(service, batches);
  const restarted = clientOf(endpoints);

  chapter(6, 'Was any vendor paid twice or missed? The ledger of the bank shows:');
  for (const batch of batches) await check(endpoints, batch);

  chapter(7, 'Payouts that failed for a temporary reason are retried.');
  await new MockBank(endpoints).setMode({ seed: SEED + 1 });
  for (const { batch_id: id } of batches) {
    print(`${id.padEnd(14)} ${(await restarted.batches.retryFailed(id)).reopened_count} payouts reopened`);
  }
  await watch(restarted, idsOf(batches), (seen) => seen.every(isFinished));

  chapter(8, 'The final result.');
  const finished = [];
  for (const batch of batches) finished.push(await check(endpoints, batch));
  printTable(finished);

  chapter(9, 'npm run verify checks everything else that the service stores about them.');
  const all = await verified(endpoints, { domains: ['payouts', 'events'] });
  for (const domain of all) print(`${textOf(domain).replaceAll('\n', '\n   ')}\n`);
  print(summaryOf(all));
}

/** @throws Error if the batch is finished before the kill */
async function killInTheMiddle(service: ServiceProcess, sluice: Sluice, batches: readonly SeedBatch[]): Promise<void> {
  const seen = await watch(sluice, idsOf(batches), (all) => all.some((it) => isLarge(it) && shareDone(it) >= KILL_AT));
  const large = seen.find(isLarge);
  if (!large || isFinished(large)) throw new Error('The large batch was paid before the service could be killed.');

  chapter(4, 'In the middle of the 5,000: kill -9. It kills every process, the bank too.');
  const { length } = service.pids;
  await service.kill();
  const { completed, failed } = large.counts;
  const open = large.total_count - completed - failed;
  print(`${length} processes killed. The last counts were ${completed} paid, ${failed} failed, ${open} open.`);
}

async function restart(service: ServiceProcess, batches: readonly SeedBatch[]): Promise<Endpoints> {
  chapter(5, 'The service starts again and resumes by itself.');
  const started = Date.now();
  const endpoints = await service.start();
  print(`Ready after ${seconds(started)}. Payouts in flight wait for their lease; then the bank is asked about each.`);
  await watch(clientOf(endpoints), idsOf(batches), (seen) => seen.every(isFinished));
  print(`All three batches finished ${seconds(started)} after the restart.`);
  return endpoints;
}

const idsOf = (batches: readonly SeedBatch[]) => batches.map(({ batch_id: id }) => id);
const isLarge = ({ total_count: total }: { readonly total_count: number }) => total === Math.max(...SIZES);

function describe(payouts: readonly VendorPayout[]): string {
  const count = (currency: string) => `${currency} ${payouts.filter((payout) => payout.currency === currency).length}`;
  const transactions = payouts.reduce((sum, payout) => sum + payout.transaction_ids.length, 0);
  return `${payouts.length} vendors (${CURRENCIES.map(count).join(', ')}), ${transactions} transactions`;
}

/** @throws Error if a finished batch differs from what was submitted, or from the ledger of the bank */
async function check(endpoints: Endpoints, { batch_id: id, payouts: submitted }: SeedBatch): Promise<Batch> {
  const { batches } = clientOf(endpoints);
  const payouts = await batches.payouts(id, { limit: 500 }).all();
  const differences = differencesToSubmitted(submitted, payouts);
  if (differences.length > 0) {
    for (const difference of differences.slice(0, DIFFERENCES_SHOWN)) print(`! ${difference}`);
    throw new Error(`Batch ${id} differs from what was submitted (differences: ${differences.length}).`);
  }
  await verified(endpoints, { domains: ['payouts'], id });
  const batch = await batches.get(id);
  const { completed, failed } = batch.counts;
  if (completed + failed !== submitted.length) throw new Error(`Batch ${id} has payouts that are not finished.`);
  print(`${id.padEnd(14)} ${completed} paid exactly once, ${failed} failed and not paid, none missed`);
  return batch;
}

/** @throws Error with the violations if a check failed, or could not be made */
async function verified(endpoints: Endpoints, selection: Selection): Promise<Verified[]> {
  const all = await verifyAll(endpoints, selection);
  if (exitCodeOf(all) !== 0) throw new Error(`${all.map(textOf).join('\n')}\n${summaryOf(all)}`);
  return all;
}

function printTable(batches: readonly Batch[]): void {
  const row = (name: string, status: string, ...numbers: readonly (number | string)[]) =>
    print(
      `${name.padEnd(14)} ${status.padEnd(19)} ${numbers.map((it) => it.toLocaleString('en').padStart(15)).join('')}`,
    );
  print();
  row('batch', 'status', 'vendors', 'paid', 'failed', ...CURRENCIES);
  for (const { batch_id: id, status, total_count: total, counts, completed_totals: totals } of batches) {
    const sums = CURRENCIES.map((currency) => totals.find((sum) => sum.currency === currency)?.amount ?? 0);
    row(id, status, total, counts.completed, counts.failed, ...sums);
  }
}

const seconds = (since: number) => `${((Date.now() - since) / 1_000).toFixed(1)} s`;

const began = Date.now();
await run(
  async () => {
    await withService(demo);
    console.log(`\nEvery payout was paid at most once, through a kill -9. The demo took ${seconds(began)}.`);
    return 0;
  },
  () => 1,
);
