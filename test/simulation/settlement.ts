import { createHash } from 'node:crypto';
import { handler as createImport } from '../../functions/imports/create-import.ts';
import { handler as getImport } from '../../functions/imports/get-import.ts';
import { handler as giveUpImport } from '../../functions/imports/give-up-import.ts';
import { handler as importFile } from '../../functions/imports/import-file.ts';
import { handler as recoverImports } from '../../functions/imports/recover-imports.ts';
import { handler as assemble } from '../../functions/settlement/assemble.ts';
import { handler as cancelJob } from '../../functions/settlement/cancel-job.ts';
import { handler as createJob } from '../../functions/settlement/create-job.ts';
import { handler as fail } from '../../functions/settlement/fail.ts';
import { handler as finishCancelling } from '../../functions/settlement/finish-cancelling.ts';
import { handler as getJob } from '../../functions/settlement/get-job.ts';
import { handler as listJobs } from '../../functions/settlement/list-jobs.ts';
import { handler as plan } from '../../functions/settlement/plan.ts';
import { handler as recoverJobs } from '../../functions/settlement/recover-jobs.ts';
import { handler as settleChunk } from '../../functions/settlement/settle-chunk.ts';
import { handler as settleYesterday } from '../../functions/settlement/settle-yesterday.ts';
import { handler as storeTransactions } from '../../functions/transactions/store-transactions.ts';
import { type Import, type ImportId, uploadKey } from '../../lib/imports/import.ts';
import { importOf } from '../../lib/imports/items.ts';
import { jobOf, settlementOf } from '../../lib/settlement/items.ts';
import { isFinished, JOB_TRANSITIONS, type Job, type JobStatus } from '../../lib/settlement/job.ts';
import { differencesInRows, Rows as StoredRows } from '../../scripts/verify/rows-checks.ts';
import { differencesInSettlements } from '../../scripts/verify/settlement-checks.ts';
import { Actor, crowd, judgeSameAnswer } from './client.ts';
import type { Domain } from './domain.ts';
import { type Row, Rows } from './rows.ts';
import type { SimulatedWorld } from './world.ts';

const STEPS = {
  planSettlement: { handler: plan, timeoutMs: 60_000 },
  settleChunk: { handler: settleChunk, timeoutMs: 900_000 },
  assembleSettlement: { handler: assemble, timeoutMs: 900_000 },
  cancelSettlement: { handler: finishCancelling, timeoutMs: 300_000 },
  failSettlement: { handler: fail, timeoutMs: 300_000 },
};
const [FIRST, YESTERDAY, TODAY] = ['2025-12-30', '2025-12-31', '2026-01-01'] as const;
const DAYS = [FIRST, YESTERDAY, TODAY];
const MERCHANTS = ['m1', 'm2', 'm3', 'm4', 'm5'];
const DAY_MS = 86_400_000;

/** What the clients know, beside what the service says. */
type Known = { readonly rows: Rows; lastJob: string | undefined };
const known = new WeakMap<SimulatedWorld, Known>();

function knownIn(world: SimulatedWorld): Known {
  const found = known.get(world) ?? { rows: new Rows(), lastJob: undefined };
  known.set(world, found);
  return found;
}

export const settlement: Domain = {
  name: 'settlement',

  set(world) {
    for (const [name, step] of Object.entries(STEPS)) world.stepBy({ name, ...step });
    world.everyMinute('recoverJobs', recoverJobs);
    world.everyMinute('recoverImports', recoverImports);
    world.consume('imports', importFile, { batchSize: 1, timeoutMs: 150_000 });
    world.consume('imports', giveUpImport, { ofDead: true });
    watchWhatGrows(world);
  },

  async play(world) {
    const { chance } = world;
    await Promise.all([
      crowd(world, { kind: 'seller', many: chance.between(2, 6), withinMs: 120_000 }, (actor, nth) =>
        seller(world, actor, nth),
      ),
      crowd(world, { kind: 'importer', many: chance.between(0, 4), withinMs: 60_000 }, (actor, nth) =>
        importer(world, actor, nth),
      ),
      crowd(world, { kind: 'accountant', many: chance.between(1, 3), withinMs: 150_000 }, (actor, nth) =>
        accountant(world, actor, nth),
      ),
      crowd(world, { kind: 'rule', many: 2, withinMs: 180_000 }, async () => {
        await world.lambda.invoke({ name: 'settleYesterday', handler: settleYesterday, timeoutMs: 30_000 }, {});
      }),
      crowd(world, { kind: 'operator', many: 1, withinMs: 100_000 }, (actor) => operator(world, actor)),
    ]);
  },

  async settle(world) {
    const actor = new Actor(world, 'the last accountant');
    // What was on its way when things stopped going wrong arrives, and imports come to their end.
    do await actor.pause(60_000, 60_000);
    while ((await openImports(world)) > 0);
    for (let times = 1; times <= 3; times += 1) {
      const headers = { 'Idempotency-Key': `last-${times}` };
      const made = await actor.insist('createJob', createJob, { headers, body: { from: FIRST, to: TODAY } });
      const id = (made?.body as { job_id: string } | undefined)?.job_id ?? '';
      knownIn(world).lastJob = id;
      if ((await follow(world, actor, id, 200)) === 'COMPLETED') return;
    }
  },

  async judge(world, isOver) {
    const { rows, lastJob } = knownIn(world);
    const stored = await world.items('TRANSACTIONS_TABLE');
    for (const says of rows.differencesIn(stored)) world.find(says);
    for (const { says } of differencesInRows(stored)) world.find(says);
    const items = await world.items('SETTLEMENTS_TABLE');
    for (const { says } of differencesInSettlements(items, sumsOf(stored))) world.find(says);
    const jobs = items.filter(({ sk }) => sk === 'JOB').map(jobOf);
    for (const each of items.filter(({ pk }) => String(pk).startsWith('DAY#')).map(settlementOf)) {
      const what = `the settlement of ${each.merchantId} on ${each.day}`;
      for (const says of rows.differencesOf(each, each.generatedAt)) world.find(`${what}: ${says}`);
      if (isOver && !rows.isCurrent(each)) world.find(`${what} is not up to date`);
    }
    for (const job of jobs) judgeJob(world, job, isOver);
    if (!isOver) return;
    if (lastJob === undefined || !jobs.some(({ id, status }) => id === lastJob && status === 'COMPLETED'))
      world.find('the last job is not completed');
    else for (const says of rows.differencesInFile(fileOf(world, lastJob), DAYS)) world.find(`the last file: ${says}`);
    await judgeImports(world);
  },
};

/** A settlement is never replaced by an older job's, and an import never goes back. */
function watchWhatGrows(world: SimulatedWorld): void {
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

function judgeJob(world: SimulatedWorld, job: Job, isOver: boolean): void {
  const { id, status, outcome } = job;
  if (isOver && !isFinished(status)) world.find(`${id} is still ${status}`);
  const file = world.bucket.read(`jobs/${id}/settlement.csv`);
  if (status === 'CANCELLED' && file) world.find(`${id} is cancelled, and has a file`);
  if (status !== 'COMPLETED') return;
  if (!file || !outcome) {
    world.find(`${id} is completed, and has no file`);
    return;
  }
  if (createHash('sha256').update(file).digest('hex') !== outcome.sha256) world.find(`${id}: its file is another one`);
  const lines = `${file}`.trimEnd().split('\n').slice(1);
  if (lines.length !== outcome.rows) world.find(`${id}: ${lines.length} lines, it says ${outcome.rows}`);
  const { rows } = knownIn(world);
  for (const line of lines) {
    const [merchantId = '', day = '', gross = '', fee = '', net = '', count = ''] = line.split(',');
    const sums = { merchantId, day, gross: BigInt(gross), fee: BigInt(fee), count: Number(count) };
    if (sums.gross - sums.fee !== BigInt(net)) world.find(`${id}: ${line}`);
    for (const says of rows.differencesOf(sums, job.createdAt)) world.find(`${id}: ${merchantId} on ${day}: ${says}`);
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
    if (lines.length !== rows) world.find(`${id}: ${lines.length} lines, it says ${rows}`);
    const there = new Set(items.map(({ pk }) => pk));
    for (const line of lines) {
      const [transaction] = line.split(',');
      if (!there.has(`TXN#${transaction}`)) world.find(`${id} is completed without ${transaction}`);
    }
  }
}

const isOpen = (world: SimulatedWorld, { id, status }: Import) =>
  status === 'RUNNING' || (status === 'AWAITING_UPLOAD' && world.bucket.read(uploadKey(id)) !== undefined);

async function openImports(world: SimulatedWorld): Promise<number> {
  const items = (await world.items('TRANSACTIONS_TABLE')).filter(({ pk }) => String(pk).startsWith('IMPORT#'));
  return items.map(importOf).filter((one) => isOpen(world, one)).length;
}

/** Rows of his own, of which some come again later. */
function rowsOf({ chance }: Actor, prefix: string): Row[] {
  return Array.from({ length: chance.between(1, 20) }, (_, index) => ({
    id: `${prefix}-${index}`,
    merchant_id: chance.oneOf(MERCHANTS),
    amount_cents: chance.between(1, 90_000),
    fee_cents: chance.between(0, 400),
    status: chance.oneOf(['PAID', 'PAID', 'FAILED', 'REFUNDED'] as const),
    paid_at: new Date(Date.parse(chance.oneOf(DAYS)) + chance.oneOf([0, 1, DAY_MS / 2, DAY_MS - 1])).toISOString(),
  }));
}

async function seller(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const { rows } = knownIn(world);
  let sent: readonly Row[] = [];
  for (let calls = actor.chance.between(1, 3); calls > 0; calls -= 1) {
    const transactions = [...rowsOf(actor, `s${nth}-${calls}`), ...sent.slice(0, 2)];
    rows.send(transactions);
    const reply = await actor.insist('storeTransactions', storeTransactions, { body: { transactions } });
    if (reply?.status === 200) rows.acknowledge(transactions, world.schedule.now);
    sent = transactions;
    await actor.pause(100, 40_000);
  }
}

async function importer(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const transactions = rowsOf(actor, `i${nth}`);
  knownIn(world).rows.send(transactions);
  const reply = await actor.insist('createImport', createImport, { body: { format: 'csv' } });
  const id = (reply?.body as { import_id?: ImportId } | undefined)?.import_id;
  if (!id) return;
  await actor.pause(100, 30_000);
  const key = uploadKey(id);
  const columns = Object.keys(transactions[0] ?? {}).join(',');
  const lines = transactions.map((row) => Object.values(row).join(','));
  const upload = (some: readonly string[]) => {
    world.bucket.put(key, `${[columns, ...some].join('\n')}\n`);
    // S3 tells of it at least once, as a rule.
    if (world.gate.strikes('gap')) return;
    world.queues.get('imports')?.send(JSON.stringify({ Records: [{ s3: { object: { key } } }] }));
  };
  upload(lines);
  if (actor.chance.isTrue(0.4)) {
    await actor.pause(1, 300);
    upload(actor.chance.isTrue(0.5) ? lines : lines.toReversed());
  }
  let before = 0;
  for (let looks = 1; looks <= 5; looks += 1) {
    await actor.pause(1_000, 30_000);
    const seen = (await actor.ask('getImport', getImport, { path: { import_id: id } }))?.body as { rows?: number };
    if (seen?.rows === undefined) continue;
    if (seen.rows < before) world.find(`${id}: ${before} rows, then ${seen.rows}`);
    before = seen.rows;
  }
}

async function accountant(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const [from, to] = actor.chance.oneOf([
    [FIRST, FIRST],
    [FIRST, YESTERDAY],
    [YESTERDAY, TODAY],
  ] as const);
  const headers = { 'Idempotency-Key': `job-${nth}` };
  const copies = actor.chance.isTrue(0.3) ? 2 : 1;
  const ask = () => actor.insist('createJob', createJob, { headers, body: { from, to } });
  const replies = (await Promise.all(Array.from({ length: copies }, ask))).flatMap((reply) => reply ?? []);
  judgeSameAnswer(world, `the job job-${nth}`, replies);
  const id = (replies[0]?.body as { job_id?: string } | undefined)?.job_id;
  if (!id) return;
  if (actor.chance.isTrue(0.15)) await actor.ask('cancelJob', cancelJob, { path: { job_id: id } });
  await follow(world, actor, id, 12);
}

type Seen = { status: JobStatus; progress: number; processed: number; transactions: number };

/** Looks at a job until it is finished, or long enough. What is seen only grows. @returns how it was last seen */
async function follow(
  world: SimulatedWorld,
  actor: Actor,
  job_id: string,
  looks: number,
): Promise<JobStatus | undefined> {
  let before: Seen | undefined;
  for (let look = 1; look <= looks; look += 1) {
    const reply = await actor.ask('getJob', getJob, { path: { job_id } });
    if (reply?.status === 200) {
      const seen = reply.body as Seen;
      if (before) judgeProgress(world, job_id, before, seen);
      before = seen;
      if (isFinished(seen.status)) break;
    }
    await actor.pause(500, 15_000);
  }
  return before?.status;
}

function judgeProgress(world: SimulatedWorld, id: string, before: Seen, seen: Seen): void {
  for (const what of ['progress', 'processed', 'transactions'] as const) {
    if (seen[what] < before[what]) world.find(`${id}: ${what} ${before[what]}, then ${seen[what]}`);
  }
  const reached = new Set<JobStatus>([before.status]);
  for (const status of reached) for (const next of JOB_TRANSITIONS[status]) reached.add(next);
  if (!reached.has(seen.status)) world.find(`${id}: ${before.status}, then ${seen.status}`);
}

/** Cancels jobs in the middle, and aborts executions in the console. */
async function operator(world: SimulatedWorld, actor: Actor): Promise<void> {
  for (let turns = actor.chance.between(0, 6); turns > 0; turns -= 1) {
    const open = await openJobs(actor);
    const job_id = actor.chance.oneOf(open);
    if (job_id === undefined) return;
    await actor.pause(0, actor.chance.oneOf([100, 1_500, 5_000]));
    if (actor.chance.isTrue(0.6)) await actor.ask('cancelJob', cancelJob, { path: { job_id } });
    else world.machine.abort(job_id);
  }
}

/** As soon as there are any. */
async function openJobs(actor: Actor): Promise<string[]> {
  for (let looks = 1; looks <= 60; looks += 1) {
    const reply = await actor.ask('listJobs', listJobs);
    const { jobs = [] } = (reply?.body ?? {}) as { jobs?: readonly { job_id: string; status: JobStatus }[] };
    const open = jobs.filter(({ status }) => !isFinished(status));
    if (open.length > 0) return open.map((job) => job.job_id);
    await actor.pause(200, 2_000);
  }
  return [];
}
