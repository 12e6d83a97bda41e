import { expect } from 'vitest';
import type { CrashPlan } from './crash.ts';
import { crashMatrix } from './crash-matrix.ts';
import { type Database, givenADatabase } from './database.ts';
import { Client, expectQuiet, expectSoundEnd, finish, once, requestFor, watch } from './scenario.ts';
import { World, type WorldOptions } from './world.ts';

/** A scenario of payouts in which a process dies. */
export type Scenario = {
  readonly name: string;
  readonly options?: Omit<WorldOptions, 'plans'>;
  /** Prepares the scenario. No process dies here. */
  readonly given?: (world: World, client: Client) => Promise<void>;
  /** The part in which processes die, up to the end of the batch. */
  readonly when: (world: World, client: Client) => Promise<void>;
  /** The role whose processes die, if other scenarios cover the other roles. */
  readonly who?: string;
  /** No process dies before the first await of this name. */
  readonly from?: string;
  /** How often an instruction may reach the bank. */
  readonly arrivalsAllowed?: number;
};

export async function payoutCrashes(scenarios: readonly Scenario[]): Promise<void> {
  const database = await givenADatabase();
  for (const scenario of scenarios) {
    const { name, who = '' } = scenario;
    await crashMatrix(name, { play: (plan) => play(database, scenario, [plan]), who });
  }
}

/** Plays the scenario once, and judges its end. */
export async function play(database: Database, scenario: Scenario, plans: readonly CrashPlan[]): Promise<void> {
  const world = await World.open(database, { ...scenario.options, plans });
  return world.during(async () => {
    const client = new Client(world);
    const expectEvents = watch(world);
    await world.play(async () => {
      await scenario.given?.(world, client);
      const arm = async () => plans.forEach((plan) => void plan.arm());
      if (scenario.from === undefined) await arm();
      else once(world, scenario.from, arm);
      await scenario.when(world, client);
      await finish(world);
      await expectQuiet(world);
    });
    await expectSoundEnd(world, scenario.arrivalsAllowed);
    await expectEvents();
    if (scenario.options?.principal) expect(await world.limitProblems()).toEqual([]);
  });
}

/** A finished batch of four payouts, which retry-failed re-opens. */
export async function givenRetryableFailures(world: World, client: Client): Promise<void> {
  await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
  await client.create(requestFor(4));
  await finish(world);
  await world.setBank({ mode: 'happy' });
}
