import { describe, expect, it } from 'vitest';
import { CrashPlan, MOMENTS } from '../support/crash.ts';
import { execute, groupsOf, JOB, recount, SettlementStack, someRows } from '../support/settlement-world.ts';

const stack = await SettlementStack.given();
const rows = someRows(400);
const origin = await stack.newWorld();
await origin.given(rows);

/** The whole job in one process; whoever follows a dead one begins at the beginning, as an execution does. */
async function settled(plan: CrashPlan) {
  const world = await stack.newWorld(origin.table);
  await world.givenAJob();
  plan.arm();
  const first = await world.process([plan]).run((deps) => execute(deps, JOB));
  if (first.kind === 'threw') throw first.error;
  if (first.kind === 'died') {
    world.now += 5_000;
    await execute(world.deps, JOB);
  }
  return { file: await world.file(), manifest: await world.manifest(), events: await world.events() };
}

const undisturbed = new CrashPlan();
const expected = await settled(undisturbed);
const deaths = undisturbed.awaits.flatMap((name) => MOMENTS.map((moment) => ({ name, moment })));

it('an undisturbed job has the right sums', () => {
  expect(groupsOf(expected.file)).toEqual(recount(rows));
});

it('an undisturbed job is told of once, with its sums', () => {
  const { sums, ...manifest } = expected.manifest;
  expect(expected.events).toMatchObject([
    {
      id: `settlement.completed:${JOB}`,
      source: '/sluice/settlement',
      subject: JOB,
      data: {
        job_id: JOB,
        settlement_count: manifest.rows,
        txn_count: sums.txn_count,
        gross_cents: `${sums.gross_cents}`,
        fee_cents: `${sums.fee_cents}`,
        net_cents: `${sums.net_cents}`,
        sha256: manifest.sha256,
      },
    },
  ]);
});

describe('a job whose process dies ends with the byte-identical file, and is told of once', () => {
  it.for(deaths)('$moment "$name"', async ({ name, moment }) => {
    const plan = new CrashPlan(name, moment);
    const { file, manifest, events } = await settled(plan);
    expect(plan.hasStruck).toBe(true);
    expect(file).toBe(expected.file);
    expect(manifest).toEqual(expected.manifest);
    expect(events.map(({ data }) => data)).toEqual(expected.events.map(({ data }) => data));
  });
});
