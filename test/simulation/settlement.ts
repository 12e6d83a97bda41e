import { handler as importFile } from '../../functions/imports/import-file.ts';
import { handler as recoverImports } from '../../functions/imports/recover-imports.ts';
import { handler as recordDeadLetters } from '../../functions/recovery/record-dead-letters.ts';
import { handler as assemble } from '../../functions/settlement/assemble.ts';
import { handler as control } from '../../functions/settlement/control.ts';
import { handler as recoverJobs } from '../../functions/settlement/recover-jobs.ts';
import { handler as settleChunk } from '../../functions/settlement/settle-chunk.ts';
import { handler as settleYesterday } from '../../functions/settlement/settle-yesterday.ts';
import { addDays, dayOf } from '../../lib/kernel/day.ts';
import { jobOf } from '../../lib/settlement/items.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import { accountant, follow, importer, operator, seller } from './settlement-clients.ts';
import { FIRST, judgeSettlement, knownIn, openImports, TODAY, watchWhatGrows } from './settlement-judge.ts';
import type { SimulatedWorld } from './world.ts';

const DAY_MS = 86_400_000;

const STEPS = {
  controlSettlement: { handler: control, timeoutMs: 300_000 },
  settleChunk: { handler: settleChunk, timeoutMs: 900_000 },
  assembleSettlement: { handler: assemble, timeoutMs: 900_000 },
};

export const settlement: Domain = {
  name: 'settlement',
  tables: ['TRANSACTIONS_TABLE', 'SETTLEMENTS_TABLE'],

  set(world) {
    for (const [name, step] of Object.entries(STEPS)) world.stepBy({ name, ...step });
    world.everyMinute('recoverJobs', recoverJobs);
    world.everyMinute('recoverImports', recoverImports);
    world.queues.consume('imports', importFile, { batchSize: 1, timeoutMs: 150_000 });
    world.queues.consume('imports', recordDeadLetters, { ofDead: true });
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
      crowd(world, { kind: 'rule', many: 2, withinMs: 180_000 }, () => fireRule(world)),
      crowd(world, { kind: 'operator', many: 1, withinMs: 100_000 }, (actor) => operator(world, actor)),
    ]);
  },

  async settle(world) {
    const actor = new Actor(world, 'the last accountant');
    // Until the last requests have arrived and all imports have finished.
    do await actor.pause(60_000, 60_000);
    while ((await openImports(world)) > 0);
    await settleAfterDaysWithoutRule(world, actor);
    for (let times = 1; times <= 3; times += 1) {
      const headers = { 'Idempotency-Key': `last-${times}` };
      const made = await actor.insist('createJob', { headers, body: { from: FIRST, to: TODAY } });
      const id = (made?.body as { job_id: string } | undefined)?.job_id ?? '';
      knownIn(world).lastJob = id;
      if ((await follow(world, actor, id, 200)) === 'COMPLETED') return;
    }
  },

  judge: judgeSettlement,
};

const fireRule = async (world: SimulatedWorld): Promise<void> => {
  await world.lambda.invoke({ name: 'settleYesterday', handler: settleYesterday, timeoutMs: 30_000 }, {});
};

/** The rule is off for days. Then it runs each hour, and each day has a job of its own that has settled it. */
async function settleAfterDaysWithoutRule(world: SimulatedWorld, actor: Actor): Promise<void> {
  world.note('two days without the rule');
  world.schedule.skip(2 * DAY_MS);
  let open: readonly string[] = [];
  for (let hour = 1; hour <= 6; hour += 1) {
    await fireRule(world);
    await actor.pause(60_000, 60_000);
    open = await unsettledDays(world);
    if (open.length === 0) return;
  }
  world.find(`no daily job has settled ${open.join(', ')}`);
}

/** Of the seven days before today. A day whose job a person cancelled is not settled again. */
async function unsettledDays(world: SimulatedWorld): Promise<string[]> {
  const jobs = (await world.items('SETTLEMENTS_TABLE')).filter(({ sk }) => sk === 'JOB').map(jobOf);
  const ended = jobs.filter(({ from, to, status }) => from === to && ['COMPLETED', 'CANCELLED'].includes(status));
  const days = Array.from({ length: 7 }, (_, back) => addDays(dayOf(world.schedule.now), -1 - back));
  return days.filter((day) => !ended.some(({ from }) => from === day));
}
