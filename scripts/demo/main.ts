/** `npm run demo`: the main job, told as a story, on a service of its own. Exit code 0 only if all of it held. */

import { type Audit, auditBatch } from '../audit/audit.ts';
import { differencesToSubmitted } from '../audit/submitted.ts';
import { Client, type Endpoints, isFinished } from '../client.ts';
import { SIZES, seedBatch, type VendorPayout } from '../seed/vendors.ts';
import { type ServiceProcess, withService } from '../service.ts';
import { exitCodeOf, summaryOf, tableOf } from '../verify/report.ts';
import { type Verified, verify } from '../verify/verify.ts';
import { shareDone, watch } from './progress.ts';

const SEED = 42;
const BANK = { mode: 'random', seed: SEED, latency_ms: [20, 120] };
const KILL_AT = 0.4;
const MOST_TOLD = 20;
const CURRENCIES = ['IDR', 'PHP', 'VND'] as const;

const say = (line = '') => console.log(line);
const chapter = (number: number, title: string) => say(`\n${number}. ${title}\n`);

type SeedBatch = { readonly batch_id: string; readonly payouts: readonly VendorPayout[] };

async function story(service: ServiceProcess): Promise<void> {
  chapter(1, 'A marketplace owes money to 6,100 vendors.');
  const batches = SIZES.map((size) => seedBatch(size, SEED));
  for (const { batch_id, payouts } of batches) say(`   ${batch_id.padEnd(14)} ${describe(payouts)}`);
  say(`   All of it follows from the seed ${SEED}.`);

  chapter(2, 'The service starts: API, workers, queues, database, and a bank that misbehaves.');
  const started = Date.now();
  const client = new Client(await service.start());
  await client.setBank(BANK);
  say(`   Ready after ${seconds(started)}. The bank takes 20 to 120 ms and refuses 15 % for five reasons.`);

  chapter(3, 'The three batches are submitted and paid.');
  for (const batch of batches) await client.createBatch(batch);
  await killInTheMiddle(service, client, batches);
  const endpoints = await finishByItself(service, batches);
  const again = new Client(endpoints);

  chapter(6, "Was anybody paid twice, or missed? The bank's own ledger says:");
  for (const batch of batches) await audited(again, batch);

  chapter(7, 'What failed for a passing reason is tried again.');
  await again.setBank({ seed: SEED + 1 });
  for (const { batch_id: id } of batches) {
    say(`   ${id.padEnd(14)} ${(await again.retryFailed(id)).reopened_count} payouts re-opened`);
  }
  await watch(again, idsOf(batches), (seen) => seen.every(isFinished));

  chapter(8, 'The end of the day.');
  const audits = [];
  for (const batch of batches) audits.push(await audited(again, batch));
  summary(audits);

  chapter(9, 'And whatever else the service claims of it? npm run verify looks at all of that.');
  await verified(endpoints);
}

/** @throws Error if the batch is over before it can be interrupted */
async function killInTheMiddle(service: ServiceProcess, client: Client, batches: readonly SeedBatch[]): Promise<void> {
  const seen = await watch(client, idsOf(batches), (all) => all.some((it) => isLarge(it) && shareDone(it) >= KILL_AT));
  const large = seen.find(isLarge);
  if (!large || isFinished(large)) throw new Error('The large batch was paid before the service could be killed.');

  chapter(4, 'In the middle of the 5,000: kill -9. Everything is gone, the bank too.');
  const { length } = service.pids;
  await service.kill();
  const { completed, failed } = large.counts;
  say(
    `   ${length} processes killed. Last seen: ${completed} paid, ${failed} failed, ${large.total_count - completed - failed} open.`,
  );
}

async function finishByItself(service: ServiceProcess, batches: readonly SeedBatch[]): Promise<Endpoints> {
  chapter(5, 'It is started again. Nobody calls start.');
  const started = Date.now();
  const endpoints = await service.start();
  say(`   Ready after ${seconds(started)}. What was in flight waits for its lease; then the bank is asked about it.`);
  await watch(new Client(endpoints), idsOf(batches), (seen) => seen.every(isFinished));
  say(`   All three batches are finished, ${seconds(started)} after the restart.`);
  return endpoints;
}

const idsOf = (batches: readonly SeedBatch[]) => batches.map(({ batch_id: id }) => id);
const isLarge = ({ total_count: total }: { readonly total_count: number }) => total === Math.max(...SIZES);

function describe(payouts: readonly VendorPayout[]): string {
  const count = (currency: string) => `${currency} ${payouts.filter((payout) => payout.currency === currency).length}`;
  const transactions = payouts.reduce((sum, payout) => sum + payout.transaction_ids.length, 0);
  return `${payouts.length} vendors (${CURRENCIES.map(count).join(', ')}), ${transactions} transactions`;
}

/** @throws Error if the batch differs from what was handed in, or from the bank's ledger */
async function audited(client: Client, { batch_id: id, payouts: submitted }: SeedBatch): Promise<Audit> {
  const audit = await auditBatch(client, id);
  const differences = [...differencesToSubmitted(submitted, audit.payouts), ...audit.differences];
  if (audit.open > 0) differences.push(`${audit.open} payouts are neither completed nor failed`);
  if (differences.length > 0) {
    for (const difference of differences.slice(0, MOST_TOLD)) say(`   ! ${difference}`);
    throw new Error(`Batch ${id} is not as it should be (differences: ${differences.length}).`);
  }
  const { paid, batch } = audit;
  say(`   ${id.padEnd(14)} ${paid} paid exactly once, ${batch.counts.failed} failed and not paid, nobody missed`);
  return audit;
}

/** Of what the story has touched: where nothing happened, all agrees. @throws Error if anything disagrees, or cannot be looked at */
async function verified(endpoints: Endpoints): Promise<void> {
  const all: Verified[] = [];
  for await (const domain of verify(endpoints, 'local', ['payouts', 'events'])) {
    all.push(domain);
    say(`${tableOf(domain).replace(/^/gm, '   ')}\n`);
  }
  if (exitCodeOf(all) !== 0) throw new Error(summaryOf(all));
  say(`   ${summaryOf(all)}`);
}

function summary(audits: readonly Audit[]): void {
  const row = (name: string, status: string, ...numbers: readonly (number | string)[]) =>
    say(
      `   ${name.padEnd(14)} ${status.padEnd(19)} ${numbers.map((it) => it.toLocaleString('en').padStart(15)).join('')}`,
    );
  say();
  row('batch', 'status', 'vendors', 'paid', 'failed', ...CURRENCIES);
  for (const { batch, paid } of audits) {
    const sums = CURRENCIES.map(
      (currency) => batch.completed_totals.find((sum) => sum.currency === currency)?.amount ?? 0,
    );
    row(batch.batch_id, batch.status, batch.total_count, paid, batch.counts.failed, ...sums);
  }
}

const seconds = (since: number) => `${((Date.now() - since) / 1_000).toFixed(1)} s`;

const began = Date.now();
try {
  await withService(story);
  say(`\nEvery payout was paid at most once, through a kill -9. It took ${seconds(began)}.`);
} catch (error) {
  console.error(`\nThe demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
}
