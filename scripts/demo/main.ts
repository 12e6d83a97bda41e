/** `npm run demo`: the main job, told as a story, on a service of its own. Exit code 0 only if all of it held. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Audit, auditBatch } from '../audit/audit.ts';
import { Client } from '../client.ts';
import { SIZES, seedBatch, type VendorPayout } from '../seed/vendors.ts';
import { ServiceProcess } from '../service.ts';
import { isDone, isFinished, watch } from './progress.ts';

const SEED = 42;
const BANK = { mode: 'random', seed: SEED, latency_ms: [20, 120] };
const KILL_AT = 0.4;

const say = (line = '') => console.log(line);
const chapter = (number: number, title: string) => say(`\n${number}. ${title}\n`);

async function story(service: ServiceProcess): Promise<void> {
  chapter(1, 'A marketplace owes money to 6,100 vendors.');
  const batches = SIZES.map((size) => seedBatch(size, SEED));
  for (const { batch_id, payouts } of batches) say(`   ${batch_id.padEnd(14)} ${describe(payouts)}`);
  say(`   All of it follows from the seed ${SEED}.`);

  chapter(2, 'The service starts: API, workers, queues, database, and a bank that misbehaves.');
  let started = Date.now();
  let client = new Client(await service.start());
  await client.setBank(BANK);
  say(`   Ready after ${seconds(started)}. The bank takes 20 to 120 ms and refuses 15 % for five reasons.`);

  chapter(3, 'The three batches are submitted and paid.');
  const [small, middle, large] = batches.map((batch) => batch.batch_id) as [string, string, string];
  const all = [small, middle, large];
  for (const batch of batches) await client.createBatch(batch);
  await watch(client, all, ([, , last]) => last !== undefined && isDone(last) >= KILL_AT);

  chapter(4, 'In the middle of the 5,000: kill -9. Everything is gone, the bank too.');
  const before = await client.batch(large);
  await service.kill();
  const { completed, failed } = before.counts;
  say(`   Last seen: ${completed} paid, ${failed} failed, ${before.total_count - completed - failed} open.`);

  chapter(5, 'It is started again. Nobody calls start.');
  started = Date.now();
  client = new Client(await service.start());
  say(`   Ready after ${seconds(started)}. What was in flight waits for its lease; then the bank is asked about it.`);
  await watch(client, all, (seen) => seen.every(isFinished));
  say(`   All three batches are finished, ${seconds(started)} after the restart.`);

  chapter(6, "Was anybody paid twice, or missed? The bank's own ledger says:");
  for (const id of all) report(await auditBatch(client, id));

  chapter(7, 'What failed for a passing reason is tried again.');
  await client.setBank({ ...BANK, seed: SEED + 1 });
  for (const id of all) say(`   ${id.padEnd(14)} ${(await client.retryFailed(id)).reopened_count} payouts re-opened`);
  await watch(client, all, (seen) => seen.every(isFinished));

  chapter(8, 'The end of the day.');
  const audits = [];
  for (const id of all) audits.push(report(await auditBatch(client, id)));
  summary(audits);
}

function describe(payouts: readonly VendorPayout[]): string {
  const count = (currency: string) => payouts.filter((payout) => payout.currency === currency).length;
  const transactions = payouts.reduce((sum, payout) => sum + payout.transaction_ids.length, 0);
  return `${payouts.length} vendors (IDR ${count('IDR')}, PHP ${count('PHP')}, VND ${count('VND')}), ${transactions} transactions`;
}

/** @throws Error if the audit found any difference */
function report(audit: Audit): Audit {
  const { batch, paid, differences } = audit;
  if (differences.length > 0) {
    for (const difference of differences.slice(0, 20)) say(`   ! ${difference}`);
    throw new Error(`Batch ${batch.batch_id} differs from the bank's ledger in ${differences.length} places.`);
  }
  say(
    `   ${batch.batch_id.padEnd(14)} ${paid} paid exactly once, ${batch.counts.failed} failed and not paid, 0 differences`,
  );
  return audit;
}

function summary(audits: readonly Audit[]): void {
  say();
  console.table(
    audits.map(({ batch, paid, differences }) => ({
      batch: batch.batch_id,
      status: batch.status,
      vendors: batch.total_count,
      paid,
      failed: batch.counts.failed,
      'paid twice or missed': differences.length,
      ...Object.fromEntries(
        batch.completed_totals.map(({ amount, currency }) => [currency, amount.toLocaleString('en')]),
      ),
    })),
  );
}

const seconds = (since: number) => `${((Date.now() - since) / 1_000).toFixed(1)} s`;

const began = Date.now();
const dataDir = mkdtempSync(join(tmpdir(), 'sluice-demo-'));
const service = await ServiceProcess.at(dataDir);
process.once('SIGINT', () => process.exit(130)); // the service dies with this process
try {
  await story(service);
  say(`\nEvery payout was paid at most once, through a kill -9. It took ${seconds(began)}.`);
} catch (error) {
  console.error(`\nThe demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
