import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { cancelJob } from '../../lib/settlement/cancel-job.ts';
import { createJob } from '../../lib/settlement/create-job.ts';
import { failJob } from '../../lib/settlement/fail-job.ts';
import type { JobId } from '../../lib/settlement/job.ts';
import type { SettlementDeps } from '../../lib/settlement/ports.ts';
import { recoverJobs } from '../../lib/settlement/recover-jobs.ts';
import { settleYesterday } from '../../lib/settlement/settle-yesterday.ts';
import { CrashPlan } from '../support/crash.ts';
import { givenAStack } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { execute, FROM, JOB, SettlementWorld, someRows, TO } from '../support/settlement-world.ts';

const database = await givenAStack();
const failure = { code: 'STEP_FAILED', message: 'it did' } as const;

/** The world with executions in the given state. */
function withWorkflow(world: SettlementWorld, state: 'missing' | 'running' | 'ended') {
  const started: JobId[] = [];
  const workflow = { start: async (id: JobId) => void started.push(id), state: async () => state };
  const deps: SettlementDeps = { ...world.deps, workflow };
  return { deps, started };
}

describe('yesterday', () => {
  it('is settled by one job, for any number of requests at once', async () => {
    const world = await SettlementWorld.open(database);
    const results = await Promise.all(Array.from({ length: 20 }, () => settleYesterday(world.deps)));
    expect(new Set(results.map(({ job }) => job.id)).size).toBe(1);
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(results[0]?.job).toMatchObject({ from: '2026-11-19', to: '2026-11-19' });
    world.now += 12 * 60 * 60_000; // 22:00, the same day
    expect((await settleYesterday(world.deps)).job.id).toBe(results[0]?.job.id);
    world.now += 3 * 60 * 60_000; // 01:00, the next
    expect((await settleYesterday(world.deps)).job).toMatchObject({ from: '2026-11-20', to: '2026-11-20' });
  });

  it('and the six days before it have one job each, also if the rule was off for two days', async () => {
    const world = await SettlementWorld.open(database);
    const daysOf = async () => (await world.deps.jobs.list({ limit: 50 })).items.map(({ from }) => from).sort();
    expect(await settleYesterday(world.deps)).toMatchObject({ created: 7, replayed: false });
    const week = ['13', '14', '15', '16', '17', '18', '19'].map((day) => `2026-11-${day}`);
    expect(await daysOf()).toEqual(week);
    world.now += 3 * 24 * 60 * 60_000; // longer than a client's key is remembered
    expect(await settleYesterday(world.deps)).toMatchObject({ created: 3, job: { from: '2026-11-22' } });
    expect(await daysOf()).toEqual([...week, '2026-11-20', '2026-11-21', '2026-11-22']);
    expect(await settleYesterday(world.deps)).toMatchObject({ created: 0, replayed: true });
  });

  it('does not wait for a day that fails', async () => {
    const world = await SettlementWorld.open(database);
    let starts = 0;
    const workflow = {
      ...world.deps.workflow,
      start: async (id: JobId) => {
        starts += 1;
        if (starts === 1) throw new Error('throttled');
        await world.deps.workflow.start(id);
      },
    };
    await expect(settleYesterday({ ...world.deps, workflow })).rejects.toThrow(
      'The settlement of 1 of the last days could not be requested',
    );
    expect(starts).toBe(7);
    expect(await settleYesterday(world.deps)).toMatchObject({ created: 0, job: { from: '2026-11-19' } });
  });

  it('is settled again once after each failed job', async () => {
    const world = await SettlementWorld.open(database);
    const first = await settleYesterday(world.deps);
    await failJob(world.deps, first.job.id, failure);
    const again = await Promise.all([settleYesterday(world.deps), settleYesterday(world.deps)]);
    expect(new Set(again.map(({ job }) => job.id)).size).toBe(1);
    expect(again[0]?.job.id).not.toBe(first.job.id);
  });

  it('is not settled again after a client cancelled it', async () => {
    const world = await SettlementWorld.open(database);
    const { job } = await settleYesterday(world.deps);
    await cancelJob(world.deps, job.id);
    await execute(world.deps, job.id);
    expect((await settleYesterday(world.deps)).job).toMatchObject({ id: job.id, status: 'CANCELLED' });
  });
});

describe('a request whose process crashes', () => {
  const key = 'key' as IdempotencyKey;
  const range = { from: FROM, to: TO };

  it.each(['before', 'after'] as const)('%s each of its awaits starts one job', async (moment) => {
    for (const name of ['request: jobs.create', 'request: workflow.start']) {
      const world = await SettlementWorld.open(database);
      const { deps, started } = withWorkflow(world, 'missing');
      const plan = new CrashPlan(name, moment);
      plan.arm();
      const process = world.process([plan], undefined, { deps, role: 'request' });
      expect((await process.run((mortal) => createJob(mortal, range, key))).kind).toBe('died');
      const { job } = await createJob(deps, range, key);
      expect((await deps.jobs.list({ limit: 10 })).items).toHaveLength(1);
      expect(started).toContain(job.id);
    }
  });

  it('without a key leaves a job that recovery starts', async () => {
    const world = await SettlementWorld.open(database);
    const { deps, started } = withWorkflow(world, 'missing');
    await world.givenAJob();
    expect(await recoverAll(recoverJobs, deps)).toEqual({ found: 1, failed: 0, left: 0, done: { started: 1 } });
    expect(started).toEqual([JOB]);
  });
});

describe('recovery', () => {
  it('leaves a running job alone, and drops the finished ones', async () => {
    const world = await SettlementWorld.open(database);
    await world.given(someRows(20));
    await world.givenAJob();
    const { deps, started } = withWorkflow(world, 'running');
    expect(await recoverAll(recoverJobs, deps)).toEqual({ found: 1, failed: 0, left: 0, done: {} });
    await execute(deps, JOB);
    expect(await recoverAll(recoverJobs, deps)).toEqual({ found: 0, failed: 0, left: 0, done: {} });
    expect(started).toEqual([]);
  });

  it('fails a job whose execution ended without a result, and reports it', async () => {
    const world = await SettlementWorld.open(database);
    await world.givenAJob();
    const { deps } = withWorkflow(world, 'ended');
    expect(await recoverAll(recoverJobs, deps)).toEqual({ found: 1, failed: 0, left: 0, done: { ended: 1 } });
    expect(await deps.jobs.read(JOB)).toMatchObject({ status: 'FAILED', failure: { code: 'EXECUTION_ENDED' } });
  });

  it('cancels a job whose execution ended while it was cancelling', async () => {
    const world = await SettlementWorld.open(database);
    await world.givenAJob();
    await cancelJob(world.deps, JOB);
    const { deps } = withWorkflow(world, 'ended');
    await recoverAll(recoverJobs, deps);
    expect(await deps.jobs.read(JOB)).toMatchObject({ status: 'CANCELLED' });
  });
});

it('a failed job stays failed after its late steps', async () => {
  const world = await SettlementWorld.open(database);
  await world.givenAJob();
  await failJob(world.deps, JOB, failure);
  await execute(world.deps, JOB);
  expect(await world.deps.jobs.read(JOB)).toMatchObject({ status: 'FAILED', failure });
  expect((await world.events()).map(({ type }) => type)).toEqual(['settlement.failed', 'settlement.requested']);
});
