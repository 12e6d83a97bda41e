import pMap from 'p-map';
import { jobKey, jobOf, settlementOf } from '../../lib/settlement/items.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { rowKey } from '../../lib/transactions/items.ts';
import type { TransactionId } from '../../lib/transactions/transaction.ts';
import type { Groups } from '../settlement/groups.ts';
import { attempt, type Difference, type Item } from './difference.ts';
import { type Findings, many, type Place } from './domain.ts';
import { readJobFile } from './job-file.ts';
import { differencesInRow, Held, ROWS_CHECKS, Rows } from './rows-checks.ts';
import {
  differencesInFile,
  differencesInJob,
  differencesInSettlement,
  lengthsOf,
  readCheckpoints,
  recounted,
  SETTLEMENT_CHECKS,
  type SettlementCheck,
} from './settlement-checks.ts';

const FILES_AT_ONCE = 2;
const ROWS_AT_ONCE = 8;

/**
 * First the settlements, then the rows that they are of: what was settled was stored before. What this holds grows with
 * jobs, merchants and days, and not with rows, unless rows and segments differ: then the rows of those days are held.
 */
export async function examineSettlement(place: Place): Promise<Findings> {
  const stored = await readSettlements(place);
  const rows = new Rows();
  const { tables, onProgress } = place;
  await tables.scan('transactions', { onItem: (item) => rows.add(item), onProgress });
  const ofRows = [...rows.differences, ...(await lookAgain(place, rows.suspects))];
  const { differences, notes } = recountAll(stored.items, rows.sums);
  const ofJobs = await pMap(stored.jobs.values(), (job) => examineJob(place, job), { concurrency: FILES_AT_ONCE });
  return {
    looked: [
      many(rows.rows, 'transaction'),
      many(stored.items.length, 'settlement'),
      many(stored.jobs.size, 'job'),
    ].join(', '),
    checks: { ...ROWS_CHECKS, ...SETTLEMENT_CHECKS },
    differences: [...ofRows, ...stored.differences, ...differences, ...ofJobs.flat()],
    notes,
  };
}

/** Jobs that were made while the table was read are read by themselves. */
async function readSettlements({ tables, onProgress }: Place) {
  const jobs = new Map<string, Job>();
  const items: Item[] = [];
  const differences: Difference<SettlementCheck>[] = [];
  const onItem = (item: Item) => {
    const [kind] = `${item.pk}`.split('#');
    const tried = attempt(() => {
      if (kind === 'JOB' && item.sk === 'JOB') jobs.set(jobOf(item).id, jobOf(item));
      else if (kind === 'DAY' && settlementOf(item)) items.push(item);
      else if (kind !== 'IDEM' && kind !== 'JOB') throw new Error('there are no such items');
    });
    if ('why' in tried) {
      differences.push({ check: 'jobs', id: `${item.pk}`, says: `${item.pk} ${item.sk}: ${tried.why}` });
    }
  };
  await tables.scan('settlements', { onItem, onProgress });
  const runs = new Set(items.map(({ run_id }) => run_id as JobId));
  const unreadable = new Set(differences.map(({ id }) => id));
  const late = [...runs].filter((id) => !jobs.has(id) && !unreadable.has(jobKey(id).pk));
  for (const item of await tables.getAll('settlements', late.map(jobKey))) onItem(item);
  for (const item of items) differences.push(...differencesInSettlement(item, jobs.get(`${item.run_id}`)));
  return { jobs, items, differences };
}

function recountAll(items: readonly Item[], rows: Groups) {
  const settlements = items.map(settlementOf);
  const all = settlements.map((settlement) => recounted(settlement, rows.of(settlement.day, settlement.merchantId)));
  const behind = all.filter((each) => each === 'behind').length;
  const settled = new Set(settlements.map(({ day, merchantId }) => `${day} ${merchantId}`));
  const never = [...rows].filter(({ day, merchantId }) => !settled.has(`${day} ${merchantId}`)).length;
  const days = (count: number) => many(count, "merchant's day", "merchants' days");
  return {
    differences: all.filter((each) => typeof each === 'object'),
    notes: [
      ...(behind > 0 ? [`of ${days(behind)} paid rows came in after they were settled: the next job has them`] : []),
      ...(never > 0 ? [`${days(never)} with paid rows were not settled yet`] : []),
    ],
  };
}

/** The checkpoints after the job: they were written before it was completed, and stay. */
async function examineJob({ at, tables }: Place, job: Job): Promise<Difference<SettlementCheck>[]> {
  if (job.status !== 'COMPLETED') return differencesInJob(job, []);
  const checkpoints = readCheckpoints(await tables.query('settlements', jobKey(job.id).pk, 'CHUNK#'));
  const differences = differencesInJob(job, checkpoints);
  if (typeof checkpoints === 'string') return differences;
  const read = await readJobFile(at, job.id, lengthsOf(checkpoints));
  return [...differences, ...differencesInFile(job, checkpoints, read)];
}

/**
 * Rows come in while the table is read, so what differs is read once more, row by row, and then each row by itself: first
 * the row, then its segments, since they are written together and never change.
 */
async function lookAgain({ tables, onProgress }: Place, suspects: readonly string[]) {
  if (suspects.length === 0) return [];
  const held = new Held(suspects);
  const rows = new Rows(held);
  await tables.scan('transactions', { onItem: (item) => rows.add(item), onProgress });
  const look = async ({ id, place }: { id: string; place: string }) => {
    const row = await tables.get('transactions', rowKey(id as TransactionId));
    const [partition = '', merchant = ''] = place.split(' ');
    const segments = await tables.query('transactions', partition, `${merchant}#`);
    const alone = new Held([place]);
    const both = new Rows(alone);
    for (const item of row ? [row, ...segments] : segments) both.add(item);
    return alone.suspects.filter((suspect) => suspect.id === id).flatMap(differencesInRow);
  };
  return (await pMap(held.suspects, look, { concurrency: ROWS_AT_ONCE })).flat();
}
