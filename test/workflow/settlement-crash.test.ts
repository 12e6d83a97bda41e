import { expect } from 'vitest';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenAStack } from '../support/database.ts';
import { execute, groupsOf, JOB, recount, SettlementWorld, someRows } from '../support/settlement-world.ts';

const database = await givenAStack();
const rows = someRows(400);
const origin = await SettlementWorld.open(database);
await origin.given(rows);

/** Runs the whole job in one process. After a crash another one starts from the beginning, as an execution does. */
async function play(plan: CrashPlan) {
  const world = await SettlementWorld.open(database, origin.table);
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

await crashMatrix('a settlement job', {
  play,
  judge: ({ file, manifest, events }, undisturbed) => {
    expect(groupsOf(file)).toEqual(recount(rows));
    expect(file).toBe(undisturbed.file); // byte by byte
    expect(manifest).toEqual(undisturbed.manifest);
    const { sums } = manifest;
    expect(events).toMatchObject([
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
      { id: `settlement.requested:${JOB}` },
      { id: `settlement.started:${JOB}` },
    ]);
    expect(events.map(({ data }) => data)).toEqual(undisturbed.events.map(({ data }) => data));
  },
});
