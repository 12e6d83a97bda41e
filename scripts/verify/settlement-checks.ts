import { type Checkpoint, chunkId, chunksOf } from '../../lib/settlement/chunk.ts';
import { checkpointOf, jobOf, settlementOf } from '../../lib/settlement/items.ts';
import type { Job } from '../../lib/settlement/job.ts';
import { checksum, type Settlement } from '../../lib/settlement/settlement.ts';
import { formatSums, type Group, Groups } from '../settlement/groups.ts';
import { HEADER } from './csv-file.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const SETTLEMENT_CHECKS = {
  jobs: 'every job is readable and in a known status',
  chunks: 'every completed job settled exactly its chunks, and its outcome is their sum',
  settlements: 'every settlement belongs to an existing job and one of its days, and its net is gross less fee',
  recount: 'no settlement or file counts more than the rows; those that count all rows have their sums',
} as const;
export type SettlementCheck = keyof typeof SETTLEMENT_CHECKS;

/** @param items the checkpoints of a job in their order. @returns an error message if one cannot be read */
export function readCheckpoints(items: readonly Item[]): Checkpoint[] | string {
  const tried = attempt(() => items.map(checkpointOf));
  return 'value' in tried ? tried.value : `a checkpoint is unreadable: ${tried.error}`;
}

export function differencesInJob(job: Job, checkpoints: Checkpoint[] | string): Difference<SettlementCheck>[] {
  const differ = differencesOf<SettlementCheck>(job.id, `job ${job.id}`);
  if (job.status !== 'COMPLETED') return [];
  if (typeof checkpoints === 'string') return differ('chunks', [checkpoints]);
  const expected = new Set<string>(chunksOf(job).map(chunkId));
  const found = new Set<string>(checkpoints.map(({ chunk }) => chunk));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  return differ('chunks', [
    ...[...expected.difference(found)].map((chunk) => `chunk ${chunk} has no checkpoint`),
    ...[...found.difference(expected)].map(
      (chunk) => `has a checkpoint of chunk ${chunk}, which is not one of its chunks`,
    ),
    ...unequal('rows', sum(checkpoints.map(({ part }) => part.rows)), job.outcome?.rows),
    ...unequal('bytes', `${HEADER}\n`.length + sum(checkpoints.map(({ part }) => part.bytes)), job.outcome?.bytes),
  ]);
}

/** @param job the job that the settlement names */
export function differencesInSettlement(item: Item, job: Job | undefined): Difference<SettlementCheck>[] {
  const settlement = settlementOf(item);
  const { day, runId, gross, fee, generatedAt, merchantId } = settlement;
  const differ = differencesOf<SettlementCheck>(`${item.pk} ${item.sk}`, `settlement of ${merchantId} on ${day}`);
  if (!job) return differ('settlements', [`its job ${runId} does not exist`]);
  const isOfJob = day >= job.from && day <= job.to;
  return differ('settlements', [
    ...unequal('net', gross - fee, item.net),
    ...unequal('checksum', checksum(settlement), item.checksum),
    ...unequal('time of its job', job.createdAt, generatedAt),
    ...(isOfJob ? [] : [`its job ${runId} settles ${job.from} to ${job.to}`]),
  ]);
}

export function groupsOf(settlements: readonly Settlement[]): Groups {
  const groups = new Groups();
  for (const { day, merchantId, gross, fee, count } of settlements) groups.add(day, merchantId, gross, fee, count);
  return groups;
}

/**
 * Compares the sums of settlements or of a file with the sums of the rows. Rows are never removed, so a sum counts all rows of
 * its merchant and day, or fewer if rows arrived later.
 * @param what begins each message. @param rows read after `found`
 * @returns differences, and messages for merchants' days whose rows were counted in part (`late`) or not at all (`missing`)
 */
export function recount(what: string, found: Groups, rows: Groups) {
  const [late, missing]: [string[], string[]] = [[], []];
  const differences: Difference<SettlementCheck>[] = [];
  const messageOf = ({ day, merchantId }: Group, expected: string, actual: string) =>
    `${what} of ${merchantId} on ${day}: expected ${expected} as in the rows, found ${actual}`;
  for (const group of found) {
    const { day, merchantId, gross, fee, count } = group;
    const all = rows.of(day, merchantId) ?? { gross: 0n, fee: 0n, count: 0 };
    const [expected, actual] = [formatSums(all), formatSums(group)];
    if (expected === actual) continue;
    const message = messageOf(group, expected, actual);
    if (count < all.count && gross <= all.gross && fee <= all.fee) late.push(message);
    else differences.push({ check: 'recount', id: `${what} ${day} ${merchantId}`, message });
  }
  for (const group of rows) {
    if (!found.of(group.day, group.merchantId)) missing.push(messageOf(group, formatSums(group), 'nothing'));
  }
  return { differences, late, missing };
}

/** Checks two whole tables that nothing is written to, without files. @param rows the sums of the raw rows */
export function differencesInSettlements(items: readonly Item[], rows: Groups): Difference<SettlementCheck>[] {
  const jobs = new Map<string, Job>(
    items.filter(({ sk }) => sk === 'JOB').map((item) => [jobOf(item).id, jobOf(item)]),
  );
  const settlements = items.filter(({ pk }) => `${pk}`.startsWith('DAY#'));
  const checkpointsOf = (id: string) =>
    items.filter(({ pk, sk }) => pk === `JOB#${id}` && sk !== 'JOB').sort((a, b) => (`${a.sk}` < `${b.sk}` ? -1 : 1));
  return [
    ...[...jobs.values()].flatMap((job) => differencesInJob(job, readCheckpoints(checkpointsOf(job.id)))),
    ...settlements.flatMap((item) => differencesInSettlement(item, jobs.get(`${item.run_id}`))),
    ...recount('settlement', groupsOf(settlements.map(settlementOf)), rows).differences,
  ];
}
