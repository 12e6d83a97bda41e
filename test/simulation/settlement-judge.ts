import { createHash } from 'node:crypto';
import { type Import, uploadKey } from '../../lib/imports/import.ts';
import { importOf } from '../../lib/imports/items.ts';
import { jobOf, settlementOf } from '../../lib/settlement/items.ts';
import { isFinished, type Job } from '../../lib/settlement/job.ts';
import { differencesInRows, Rows as StoredRows } from '../../scripts/verify/rows-checks.ts';
import { differencesInSettlements } from '../../scripts/verify/settlement-checks.ts';
import { Rows } from './rows.ts';
import type { SimulatedWorld } from './world.ts';

/** The days that have sales. Virtual time begins on the last of them. */
export const [FIRST, YESTERDAY, TODAY] = ['2025-12-30', '2025-12-31', '2026-01-01'] as const;
export const DAYS = [FIRST, YESTERDAY, TODAY];

/** What the clients know. */
type Known = { readonly rows: Rows; lastJob: string | undefined };
const known = new WeakMap<SimulatedWorld, Known>();

export function knownIn(world: SimulatedWorld): Known {
  const found = known.get(world) ?? { rows: new Rows(), lastJob: undefined };
  known.set(world, found);
  return found;
}

/** Checks transactions, imports, jobs and settlements. */
export async function judgeSettlement(world: SimulatedWorld, isOver: boolean): Promise<void> {
  const { rows, lastJob } = knownIn(world);
  const stored = await world.items('TRANSACTIONS_TABLE');
  for (const says of rows.differencesIn(stored)) world.find(says);
  for (const { message } of differencesInRows(stored)) world.find(message);
  const items = await world.items('SETTLEMENTS_TABLE');
  for (const { message } of differencesInSettlements(items, sumsOf(stored))) world.find(message);
  const jobs = items.filter(({ sk }) => sk === 'JOB').map(jobOf);
  const generatedAt = new Map<string, string>();
  for (const each of items.filter(({ pk }) => String(pk).startsWith('DAY#')).map(settlementOf)) {
    generatedAt.set(`${each.merchantId} on ${each.day}`, each.generatedAt);
    const what = `the settlement of ${each.merchantId} on ${each.day}`;
    for (const says of rows.differencesOf(each, each.generatedAt)) world.find(`${what}: ${says}`);
    if (isOver && !rows.isCurrent(each)) world.find(`${what} is not up to date`);
  }
  for (const job of jobs) judgeJob(world, job, { generatedAt, isOver });
  if (!isOver) return;
  if (lastJob === undefined || !jobs.some(({ id, status }) => id === lastJob && status === 'COMPLETED'))
    world.find('the last job is not completed');
  else for (const says of rows.differencesInFile(fileOf(world, lastJob), DAYS)) world.find(`the last file: ${says}`);
  await judgeImports(world);
}

/** An older job's settlement never replaces a newer one's, and an import never goes back. */
export function watchWhatGrows(world: SimulatedWorld): void {
  const last = new Map<string, string>();
  world.onWrite(({ pk, sk, values: { generated_at, checkpoint } }) => {
    const rows = typeof checkpoint === 'string' ? String(JSON.parse(checkpoint).rows).padStart(6, '0') : undefined;
    const now = typeof generated_at === 'string' ? generated_at : rows;
    if (now === undefined) return;
    const place = `${pk} ${sk}`;
    const before = last.get(place) ?? now;
    if (now < before) world.find(`${place} went back from ${before} to ${now}`);
    last.set(place, now);
  });
}

function sumsOf(stored: readonly Record<string, unknown>[]) {
  const read = new StoredRows();
  for (const item of stored) read.add(item);
  return read.sums;
}

const fileOf = (world: SimulatedWorld, id: string) => `${world.bucket.read(`jobs/${id}/settlement.csv`) ?? ''}`;

type Judged = {
  /** When the job of each stored settlement was created. */
  readonly generatedAt: ReadonlyMap<string, string>;
  readonly isOver: boolean;
};

function judgeJob(world: SimulatedWorld, job: Job, { generatedAt, isOver }: Judged): void {
  const { id, status, outcome } = job;
  if (isOver && !isFinished(status)) world.find(`${id} is still ${status}`);
  const file = world.bucket.read(`jobs/${id}/settlement.csv`);
  if (status === 'CANCELLED' && file) world.find(`${id} is cancelled, but has a file`);
  if (status !== 'COMPLETED') return;
  if (!file || !outcome) {
    world.find(`${id} is completed, but has no file`);
    return;
  }
  if (createHash('sha256').update(file).digest('hex') !== outcome.sha256)
    world.find(`${id}: its file does not have the SHA-256 of the job`);
  const lines = `${file}`.trimEnd().split('\n').slice(1);
  if (lines.length !== outcome.rows) world.find(`${id}: ${lines.length} lines, expected ${outcome.rows}`);
  const { rows } = knownIn(world);
  for (const line of lines) {
    const [merchantId = '', day = '', gross = '', fee = '', net = '', count = ''] = line.split(',');
    const sums = { merchantId, day, gross: BigInt(gross), fee: BigInt(fee), count: Number(count) };
    if (sums.gross - sums.fee !== BigInt(net)) world.find(`${id}: ${line}`);
    const what = `${merchantId} on ${day}`;
    for (const says of rows.differencesOf(sums, job.createdAt)) world.find(`${id}: ${what}: ${says}`);
    const settledAt = generatedAt.get(what) ?? 'never';
    // The job itself has stored it, or a later one.
    if (settledAt === 'never' || settledAt < job.createdAt)
      world.find(`${id}: the settlement of ${what} is in its file, but was last stored ${settledAt}`);
  }
  for (const says of rows.missingFrom(lines, job)) world.find(`${id}: ${says}`);
}

async function judgeImports(world: SimulatedWorld): Promise<void> {
  const items = await world.items('TRANSACTIONS_TABLE');
  for (const one of items.filter(({ pk }) => String(pk).startsWith('IMPORT#')).map(importOf)) {
    const { id, status, checkpoint } = one;
    const { rows, stored, unchanged, rejected } = checkpoint;
    if (stored + unchanged + rejected !== rows) world.find(`${id}: ${rows} rows, and ${JSON.stringify(checkpoint)}`);
    if (isOpen(world, one)) world.find(`${id} is still ${status}`);
    if (status !== 'COMPLETED') continue;
    const content = `${world.bucket.read(uploadKey(id)) ?? ''}`;
    const lines = content.trimEnd().split('\n').slice(1);
    if (lines.length !== rows) world.find(`${id}: ${lines.length} lines, expected ${rows}`);
    const there = new Set(items.map(({ pk }) => pk));
    for (const line of lines) {
      const [transaction] = line.split(',');
      if (!there.has(`TXN#${transaction}`)) world.find(`${id} is completed, but ${transaction} is not stored`);
    }
  }
}

const isOpen = (world: SimulatedWorld, { id, status }: Import) =>
  status === 'RUNNING' || (status === 'AWAITING_UPLOAD' && world.bucket.read(uploadKey(id)) !== undefined);

/** How many imports have a file and are not finished. */
export async function openImports(world: SimulatedWorld): Promise<number> {
  const items = (await world.items('TRANSACTIONS_TABLE')).filter(({ pk }) => String(pk).startsWith('IMPORT#'));
  return items.map(importOf).filter((one) => isOpen(world, one)).length;
}
