import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addDays } from '../../lib/kernel/day.ts';
import { cancelJob, finishCancelling } from '../../lib/settlement/cancel-job.ts';
import { explainJob } from '../../lib/settlement/explain-job.ts';
import type { JobId } from '../../lib/settlement/job.ts';
import { readJob } from '../../lib/settlement/read-jobs.ts';
import { progressView } from '../../lib/settlement/view.ts';
import type { MerchantId } from '../../lib/transactions/transaction.ts';
import { givenAStack } from '../support/database.ts';
import { execute, FROM, groupsOf, JOB, recount, SettlementWorld, someRows, TO } from '../support/settlement-world.ts';

const database = await givenAStack();
const OTHER = `job_${'b'.repeat(32)}` as JobId;

describe('a settlement', () => {
  it('equals an independent calculation of the paid rows, the last day included', async () => {
    const world = await SettlementWorld.open(database);
    const rows = someRows(2_000);
    await world.given([...rows, ...someRows(50, { from: addDays(TO, 1), days: 1, prefix: 'later' })]);
    await world.given(someRows(50, { from: addDays(FROM, -1), days: 1, prefix: 'earlier' }));
    await world.givenAJob();
    await execute(world.deps, JOB);

    const groups = groupsOf(await world.file());
    expect(groups).toEqual(recount(rows));
    expect(rows.at(-1)?.paidAt).toBe(Date.parse('2026-11-19T23:59:59.999Z'));
    expect([...groups.keys()].filter((group) => group.endsWith(TO))).toHaveLength(9);
  });

  it('writes the job and the time of its request into every line, never the time of the work', async () => {
    const world = await SettlementWorld.open(database);
    await world.given(someRows(40));
    const job = await world.givenAJob();
    world.now += 60_000;
    await execute(world.deps, JOB);
    const [header, ...lines] = (await world.file()).trimEnd().split('\n');
    expect(header).toBe('merchant_id,date,gross_cents,fee_cents,net_cents,txn_count,generated_at,unique_run_id');
    for (const line of lines) expect(line.endsWith(`,${job.createdAt},${JOB}`)).toBe(true);
  });

  it('adds up sums above 2^53', async () => {
    const world = await SettlementWorld.open(database);
    const rows = someRows(20, { merchants: 1 }).map((row) => ({ ...row, amountCents: 10n ** 15n - 1n }));
    await world.given(rows);
    await world.givenAJob();
    await execute(world.deps, JOB);
    expect(groupsOf(await world.file())).toEqual(recount(rows));
    expect((await world.manifest()).sums.gross_cents).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  });

  it('writes only the header for days without a transaction', async () => {
    const world = await SettlementWorld.open(database);
    await world.givenAJob();
    await execute(world.deps, JOB);
    expect((await world.file()).split('\n')).toHaveLength(2);
  });

  it('has a manifest that allows checking the file part by part', async () => {
    const world = await SettlementWorld.open(database);
    await world.given(someRows(500));
    await world.givenAJob();
    await execute(world.deps, JOB);
    const [file, manifest] = [await world.file(), await world.manifest()];
    const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
    const parts: Buffer[] = [];
    for (const part of manifest.parts) {
      const content = await world.deps.files.read(part.key);
      expect({ sha256: sha256(content), bytes: content.length }).toEqual({ sha256: part.sha256, bytes: part.bytes });
      parts.push(content);
    }
    expect(manifest).toMatchObject({ sha256: sha256(file), bytes: Buffer.byteLength(file), rows: 18 });
    expect(file).toBe(`${file.split('\n')[0]}\n${Buffer.concat(parts)}`);
    const sums = [...groupsOf(file).values()].map((group) => group.split(',').map(Number));
    const total = (column: number) => sums.reduce((sum, values) => sum + (values[column] ?? 0), 0);
    expect(manifest.sums).toEqual({
      gross_cents: total(0),
      fee_cents: total(1),
      net_cents: total(2),
      txn_count: total(3),
    });
  });

  it('of 250 merchants in one chunk is complete, in the file and in the table', async () => {
    const world = await SettlementWorld.open(database);
    const rows = someRows(1_000, { merchants: 250, days: 1 }).map((row) => ({ ...row, status: 'PAID' as const }));
    await world.given(rows);
    await world.givenAJob({ shardsPerChunk: 16, to: FROM });
    await execute(world.deps, JOB);
    expect(groupsOf(await world.file())).toEqual(recount(rows));
    const stored = await world.deps.settlements.ofMerchant('merchant-249' as MerchantId, [FROM]);
    expect(stored).toMatchObject([{ runId: JOB, count: 4 }]);
  });

  it.each([
    ['after it', [JOB, OTHER]],
    ['before it', [OTHER, JOB]],
  ])('has the same result as a later job that runs %s; the later job is kept', async (_when, order) => {
    const world = await SettlementWorld.open(database);
    await world.given(someRows(300));
    await world.givenAJob();
    world.now += 1_000;
    await world.givenAJob({ id: OTHER });
    for (const id of order) await execute(world.deps, id);
    expect(groupsOf(await world.file(OTHER))).toEqual(groupsOf(await world.file(JOB)));
    const [stored] = await world.deps.settlements.ofMerchant('merchant-3' as MerchantId, [FROM]);
    expect(stored?.runId).toBe(OTHER);
  });

  it('of the same range at the same time has the same result', async () => {
    const world = await SettlementWorld.open(database);
    const rows = someRows(1_500);
    await world.given(rows);
    await world.givenAJob();
    await world.givenAJob({ id: OTHER });
    await Promise.all([execute(world.deps, JOB), execute(world.deps, OTHER), execute(world.deps, JOB)]);
    expect(groupsOf(await world.file(JOB))).toEqual(recount(rows));
    expect(groupsOf(await world.file(OTHER))).toEqual(recount(rows));
    const types = ['settlement.completed', 'settlement.requested', 'settlement.started'];
    expect((await world.events()).map(({ id }) => id)).toEqual(
      types.flatMap((type) => [JOB, OTHER].sort().map((id) => `${type}:${id}`)),
    );
  });

  it('fails when one of its parts was changed in the bucket', async () => {
    const world = await SettlementWorld.open(database);
    await world.given(someRows(100));
    await world.givenAJob();
    const process = world.process([], async (what) => {
      if (what !== 'files.write') return;
      const [checkpoint] = await world.deps.jobs.checkpoints(JOB);
      await world.deps.files.put(checkpoint?.part.key ?? '', 'merchant-1,…', 'text/csv');
    });
    await expect(execute(process.deps, JOB)).rejects.toThrow('differs from its checkpoint');
    expect((await world.deps.jobs.read(JOB))?.status).toBe('RUNNING');
  });
});

describe('progress', () => {
  it('never falls, and is 100 only when the file can be downloaded', async () => {
    const world = await SettlementWorld.open(database);
    await world.given(someRows(500));
    await world.givenAJob();
    const shown: { status: string; progress: number; processed: number; transactions: number }[] = [];
    const process = world.process([], async () => void shown.push(progressView(await readJob(world.deps, JOB))));
    await execute(process.deps, JOB);
    shown.push(progressView(await readJob(world.deps, JOB)));

    for (const [index, now] of shown.entries()) {
      const before = shown[index - 1] ?? now;
      expect(now.progress).toBeGreaterThanOrEqual(before.progress);
      expect(now.processed).toBeGreaterThanOrEqual(before.processed);
      expect(now.transactions).toBeGreaterThanOrEqual(before.transactions);
      expect(now.progress === 100).toBe(now.status === 'COMPLETED');
    }
    expect(shown[0]).toMatchObject({ status: 'QUEUED', progress: 0 });
    expect(shown.at(-1)).toMatchObject({ progress: 100, processed: 4, total: 4, transactions: 500 });
  });
});

describe('cancel', () => {
  it('takes effect within one page and leaves no file, at any step', { timeout: 120_000 }, async () => {
    const origin = await SettlementWorld.open(database);
    await origin.given(someRows(300));
    const awaits: string[] = [];
    await origin.givenAJob();
    await execute(origin.process([], async (what) => void awaits.push(what)).deps, JOB);
    expect(awaits.length).toBeGreaterThan(60);

    for (let at = 0; at < awaits.length; at += 3) {
      const world = await SettlementWorld.open(database, origin.table);
      await world.givenAJob();
      const after: string[] = [];
      let seen = 0;
      const process = world.process([], async (what) => {
        if (seen === at) await cancelJob(world.deps, JOB);
        if (seen >= at) after.push(what);
        seen += 1;
      });
      await execute(process.deps, JOB);
      const types = (await world.events()).map(({ type }) => type).filter((type) => type !== 'settlement.started');
      expect(types).toEqual(['settlement.cancel_requested', 'settlement.cancelled', 'settlement.requested']);
      expect(await world.deps.jobs.read(JOB), awaits[at]).toMatchObject({ status: 'CANCELLED' });
      expect(after.filter((what) => what.startsWith('page')).length, awaits[at]).toBeLessThanOrEqual(1);
      await expectNoFiles(world);
    }
  });

  it('is not refused because the state machine was faster than its answer', async () => {
    const world = await SettlementWorld.open(database);
    await world.givenAJob();
    const { jobs } = world.deps;
    const move: typeof jobs.move = async (...given) => {
      const { moved } = await jobs.move(...given);
      await finishCancelling(world.deps, JOB);
      return { moved, job: (await readJob(world.deps, JOB)).job };
    };
    expect(await cancelJob({ ...world.deps, jobs: { ...jobs, move } }, JOB)).toMatchObject({ status: 'CANCELLED' });
    await expect(cancelJob(world.deps, JOB)).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('before the start reads nothing', async () => {
    const world = await SettlementWorld.open(database);
    await world.givenAJob();
    await cancelJob(world.deps, JOB);
    const awaits: string[] = [];
    await execute(world.process([], async (what) => void awaits.push(what)).deps, JOB);
    expect(awaits.filter((what) => what.startsWith('page'))).toEqual([]);
    expect(await world.deps.jobs.read(JOB)).toMatchObject({ status: 'CANCELLED' });
  });

  it('takes effect once when requested twice, and is refused for a finished job', async () => {
    const world = await SettlementWorld.open(database);
    await world.givenAJob();
    await cancelJob(world.deps, JOB, 'wrong month');
    expect(await cancelJob(world.deps, JOB, 'again')).toMatchObject({ status: 'CANCELLING' });
    await finishCancelling(world.deps, JOB);
    const cancelled = await readJob(world.deps, JOB);
    expect(cancelled.job.cancellation).toMatchObject({ reason: 'wrong month' });
    expect(explainJob(cancelled).why).toContainEqual(expect.stringMatching(/asked for at \S+Z: "wrong month"\.$/));
    const requested = (await world.events()).filter(({ type }) => type === 'settlement.cancel_requested');
    expect(requested.map(({ data }) => data)).toEqual([{ job_id: JOB, reason: 'wrong month' }]);
    await expect(cancelJob(world.deps, JOB)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(cancelJob(world.deps, OTHER)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

async function expectNoFiles(world: SettlementWorld): Promise<void> {
  for (const name of ['settlement.csv', 'manifest.json']) {
    await expect(world.deps.files.read(`jobs/${JOB}/${name}`)).rejects.toMatchObject({ name: 'NoSuchKey' });
  }
  for (const { part } of await world.deps.jobs.checkpoints(JOB)) {
    if (part.key) await expect(world.deps.files.read(part.key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  }
}
