import { type ImportId, uploadKey } from '../../lib/imports/import.ts';
import { isFinished, JOB_TRANSITIONS, type JobStatus } from '../../lib/settlement/job.ts';
import { type Actor, judgeSameAnswer } from './client.ts';
import type { Row } from './rows.ts';
import { DAYS, FIRST, knownIn, TODAY, YESTERDAY } from './settlement-judge.ts';
import type { SimulatedWorld } from './world.ts';

const MERCHANTS = ['m1', 'm2', 'm3', 'm4', 'm5'];
const DAY_MS = 86_400_000;

/** New rows of one actor. */
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

export async function seller(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const { rows } = knownIn(world);
  let sent: readonly Row[] = [];
  for (let calls = actor.chance.between(1, 3); calls > 0; calls -= 1) {
    const transactions = [...rowsOf(actor, `s${nth}-${calls}`), ...sent.slice(0, 2)];
    rows.send(transactions);
    const reply = await actor.insist('storeTransactions', { body: { transactions } });
    if (reply?.status === 200) rows.acknowledge(transactions, world.schedule.now);
    sent = transactions;
    await actor.pause(100, 40_000);
  }
}

export async function importer(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const transactions = rowsOf(actor, `i${nth}`);
  knownIn(world).rows.send(transactions);
  const reply = await actor.insist('createImport', { body: { format: 'csv' } });
  const id = (reply?.body as { import_id?: ImportId } | undefined)?.import_id;
  if (!id) return;
  await actor.pause(100, 30_000);
  const key = uploadKey(id);
  const columns = Object.keys(transactions[0] ?? {}).join(',');
  const lines = transactions.map((row) => Object.values(row).join(','));
  const upload = (some: readonly string[]) => world.upload(key, `${[columns, ...some].join('\n')}\n`);
  upload(lines);
  if (actor.chance.isTrue(0.4)) {
    await actor.pause(1, 300);
    upload(actor.chance.isTrue(0.5) ? lines : lines.toReversed());
  }
  let before = 0;
  for (let looks = 1; looks <= 5; looks += 1) {
    await actor.pause(1_000, 30_000);
    const seen = (await actor.ask('getImport', { path: { import_id: id } }))?.body as { rows?: number };
    if (seen?.rows === undefined) continue;
    if (seen.rows < before) world.find(`${id}: ${before} rows, then ${seen.rows}`);
    before = seen.rows;
  }
}

export async function accountant(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const [from, to] = actor.chance.oneOf([
    [FIRST, FIRST],
    [FIRST, YESTERDAY],
    [YESTERDAY, TODAY],
  ] as const);
  const headers = { 'Idempotency-Key': `job-${nth}` };
  const copies = actor.chance.isTrue(0.3) ? 2 : 1;
  const ask = () => actor.insist('createJob', { headers, body: { from, to } });
  const replies = (await Promise.all(Array.from({ length: copies }, ask))).flatMap((reply) => reply ?? []);
  judgeSameAnswer(world, `the job job-${nth}`, replies);
  const id = (replies[0]?.body as { job_id?: string } | undefined)?.job_id;
  if (!id) return;
  if (actor.chance.isTrue(0.15)) await actor.ask('cancelJob', { path: { job_id: id } });
  await follow(world, actor, id, 12);
}

type Seen = { status: JobStatus; progress: number; processed: number; transactions: number };

/** Reads a job until it is finished, at most `looks` times. Its progress never decreases. @returns its last status */
export async function follow(
  world: SimulatedWorld,
  actor: Actor,
  job_id: string,
  looks: number,
): Promise<JobStatus | undefined> {
  let before: Seen | undefined;
  for (let look = 1; look <= looks; look += 1) {
    const reply = await actor.ask('getJob', { path: { job_id } });
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

/** Cancels running jobs, and aborts executions in the console. */
export async function operator(world: SimulatedWorld, actor: Actor): Promise<void> {
  for (let turns = actor.chance.between(0, 6); turns > 0; turns -= 1) {
    const open = await openJobs(actor);
    const job_id = actor.chance.oneOf(open);
    if (job_id === undefined) return;
    await actor.pause(0, actor.chance.oneOf([100, 1_500, 5_000]));
    if (actor.chance.isTrue(0.6)) await actor.ask('cancelJob', { path: { job_id } });
    else world.machine.abort(job_id);
  }
}

/** Waits until there are some. */
async function openJobs(actor: Actor): Promise<string[]> {
  for (let looks = 1; looks <= 60; looks += 1) {
    const reply = await actor.ask('listJobs');
    const { jobs = [] } = (reply?.body ?? {}) as { jobs?: readonly { job_id: string; status: JobStatus }[] };
    const open = jobs.filter(({ status }) => !isFinished(status));
    if (open.length > 0) return open.map((job) => job.job_id);
    await actor.pause(200, 2_000);
  }
  return [];
}
