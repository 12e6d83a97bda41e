import pMap from 'p-map';
import { jobKey, jobOf, settlementOf } from '../../lib/settlement/items.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { Unexpected } from '../endpoints.ts';
import { differencesBetween, formatSums, Groups } from '../settlement/groups.ts';
import { attempt, type Difference, type Item } from './difference.ts';
import { type Findings, many, type Scope } from './examination.ts';
import { readJobFiles } from './job-files.ts';
import { examineFiles, JOB_FILES_CHECKS } from './job-files-checks.ts';
import { readRows } from './rows.ts';
import { type Days, ROWS_CHECKS, type Rows } from './rows-checks.ts';
import {
  differencesInJob,
  differencesInSettlement,
  groupsOf,
  readCheckpoints,
  recount,
  SETTLEMENT_CHECKS,
} from './settlement-checks.ts';
import { differencesToShown, readShown, SHOWN_CHECK } from './settlement-shown.ts';

const CHECKS = { ...ROWS_CHECKS, ...SETTLEMENT_CHECKS, ...JOB_FILES_CHECKS };
/** Made for a single job only: later rows are no fault of a job, but its operator wants to know them. */
const COMPLETE_CHECK = { complete: 'the job counted every row of its days that is stored now' };
const EXPECTED_CHECK = { expected: 'the file has the expected sums' };

/** Jobs whose files are in memory at once. */
const PARALLEL_JOBS = 2;

/**
 * Reads settlements before rows: the rows of a settlement were stored before it. Memory grows with jobs and merchants'
 * days, and not with rows, unless rows and segments differ: then it holds the rows of those days.
 */
export function examineSettlement(scope: Scope): Promise<Findings> {
  return scope.id === undefined ? examineAll(scope) : examineOne(scope, scope.id);
}

async function examineAll(scope: Scope): Promise<Findings> {
  const { jobs, settlements, differences } = await readSettlements(scope);
  const rows = await readRows(scope);
  const recounted = recount('settlement', groupsOf(settlements.map(settlementOf)), rows.sums);
  const ofJobs = await pMap(jobs.values(), (job) => examineJob(scope, job, rows), { concurrency: PARALLEL_JOBS });
  const { late, missing } = recounted;
  const days = (count: number) => many(count, "merchant's day", "merchants' days");
  return {
    examined: [many(rows.count, 'transaction'), many(settlements.length, 'settlement'), many(jobs.size, 'job')].join(
      ', ',
    ),
    checks: CHECKS,
    differences: [
      ...rows.differences,
      ...differences,
      ...recounted.differences,
      ...ofJobs.flatMap((job) => job.differences),
    ],
    notes: [
      ...(late.length > 0 ? [`paid rows arrived after the settlement of ${days(late.length)}: settle them again`] : []),
      ...(missing.length > 0 ? [`${days(missing.length)} with paid rows not settled yet`] : []),
    ],
  };
}

/** Compares also what the API shows of the job. @throws Unexpected if there is no such job or it is not completed */
async function examineOne(scope: Scope, id: string): Promise<Findings> {
  const item = await scope.tables.get('settlements', jobKey(id as JobId));
  if (!item) throw new Unexpected(`There is no job ${id}.`);
  const job = jobOf(item);
  if (job.status !== 'COMPLETED') throw new Unexpected(`Job ${id} is ${job.status}. Only a completed job has a file.`);
  const shown = await readShown(scope.at, job);
  const { settlements, differences } = await readSettlements(scope, job);
  const rows = await readRows(scope, job);
  const stored = recount('settlement', groupsOf(settlements.map(settlementOf)), rows.sums);
  const { counted, csv, ...ofJob } = await examineJob(scope, job, rows);
  const late = rows.count - counted;
  const complete = [
    ...(late === 0 ? [] : [`transactions from ${job.from} to ${job.to}: expected ${rows.count}, found ${counted}`]),
    ...[...ofJob.late, ...ofJob.missing, ...stored.late, ...stored.missing],
  ];
  return {
    examined: `job ${id}, ${job.from} to ${job.to}: ${many(rows.count, 'transaction')}, ${many(rows.sums.size, "merchant's day", "merchants' days")}, ${formatSums(rows.sums.total)}`,
    checks: { ...CHECKS, ...SHOWN_CHECK, ...COMPLETE_CHECK, ...(scope.expected ? EXPECTED_CHECK : {}) },
    differences: [
      ...[...rows.differences, ...differences, ...stored.differences, ...ofJob.differences],
      ...differencesToShown(job, counted, settlements, shown),
      ...complete.map((message) => ({ check: 'complete', id, message })),
      ...differencesToExpected(job, scope.expected, csv).map((message) => ({ check: 'expected', id, message })),
    ],
    notes:
      late > 0
        ? [
            `${many(late, 'row')} arrived after the job read their day. Settle the days again, then verify that job: POST /jobs/settlement {"from": "${job.from}", "to": "${job.to}"}`,
          ]
        : [],
  };
}

/** @param days only their settlements. Jobs that are created while the table is read are read by key */
async function readSettlements({ tables, onProgress }: Scope, days?: Days) {
  const jobs = new Map<string, Job>();
  const settlements: Item[] = [];
  const differences: Difference[] = [];
  const onItem = (item: Item) => {
    const [kind, day = ''] = `${item.pk}`.split('#');
    const tried = attempt(() => {
      if (kind === 'JOB' && item.sk === 'JOB') jobs.set(jobOf(item).id, jobOf(item));
      else if (kind === 'DAY' && settlementOf(item)) {
        if (!days || (day >= days.from && day <= days.to)) settlements.push(item);
      } else if (kind !== 'IDEM' && kind !== 'JOB') throw new Error('unknown kind of item');
    });
    if ('error' in tried) {
      differences.push({ check: 'jobs', id: `${item.pk}`, message: `${item.pk} ${item.sk}: ${tried.error}` });
    }
  };
  await tables.scan('settlements', { onItem, onProgress });
  const named = new Set(settlements.map(({ run_id }) => run_id as JobId));
  const unreadable = new Set(differences.map(({ id }) => id));
  const late = [...named].filter((id) => !jobs.has(id) && !unreadable.has(jobKey(id).pk));
  for (const item of await tables.getAll('settlements', late.map(jobKey))) onItem(item);
  for (const item of settlements) differences.push(...differencesInSettlement(item, jobs.get(`${item.run_id}`)));
  return { jobs, settlements, differences };
}

/** Reads the checkpoints and files after the job: they were written before it was completed. */
async function examineJob({ at, tables }: Scope, job: Job, rows: { readonly sums: Rows['sums'] }) {
  const unread = { csv: undefined, counted: 0, late: [], missing: [] };
  if (job.status !== 'COMPLETED') return { ...unread, differences: differencesInJob(job, []) };
  const checkpoints = readCheckpoints(await tables.query('settlements', jobKey(job.id).pk, 'CHUNK#'));
  const ofJob = differencesInJob(job, checkpoints);
  if (typeof checkpoints === 'string') return { ...unread, differences: ofJob };
  const counted = checkpoints.reduce((sum, { transactions }) => sum + transactions, 0);
  const { csv, differences } = examineFiles(job, checkpoints, await readJobFiles(at, job.id, checkpoints));
  const ofFile = csv ? recount(`file of job ${job.id}: line`, csv.groups, rows.sums) : { ...unread, differences: [] };
  return { ...ofFile, csv, counted, differences: [...ofJob, ...differences, ...ofFile.differences] };
}

/** Compares only the days of the job. */
function differencesToExpected({ from, to }: Job, expected: Groups | undefined, csv: { groups: Groups } | undefined) {
  if (!expected || !csv) return [];
  const ofJob = new Groups();
  for (const { day, merchantId, gross, fee, count } of expected) {
    if (day >= from && day <= to) ofJob.add(day, merchantId, gross, fee, count);
  }
  return differencesBetween(ofJob, csv.groups);
}
