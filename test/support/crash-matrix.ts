import { describe, expect, it } from 'vitest';
import { CrashPlan, MOMENTS } from './crash.ts';
import { type Database, givenADatabase } from './database.ts';
import { Client, expectQuiet, expectSoundEnd, finish, once, watchCounts, watchEnds } from './scenario.ts';
import { World, type WorldOptions } from './world.ts';

/** A story that is told over and over, each time with a death at another place. */
export type Scenario = {
  readonly name: string;
  readonly options?: Omit<WorldOptions, 'plans'>;
  /** What was before; nothing dies here. */
  readonly given?: (world: World, client: Client) => Promise<void>;
  /** What somebody dies in, up to the end of the batch. */
  readonly when: (world: World, client: Client) => Promise<void>;
  /** Who dies; everyone in turn when not given. For what others do here there is another scenario. */
  readonly who?: string;
  /** Nobody dies before the first await that is this one. */
  readonly from?: string;
  /** What has to hold on top of what always has to. */
  readonly then?: (world: World) => Promise<void>;
  /** Times that an instruction may reach the bank. */
  readonly arrivalsAllowed?: number;
};

/** One test per await of the scenario and moment of death; the scenario is run once, undisturbed, to find its awaits. */
export async function crashMatrix(scenarios: readonly Scenario[]): Promise<void> {
  const database = await givenADatabase();
  for (const scenario of scenarios) {
    const undisturbed = new CrashPlan();
    await play(database, scenario, [undisturbed]);
    const awaits = undisturbed.awaits.filter((name) => name.startsWith(scenario.who ?? ''));
    const deaths = awaits.flatMap((name) => MOMENTS.map((moment) => ({ name, moment })));
    describe.concurrent(`${scenario.name}: a process dies`, () => {
      it.for(deaths)('$moment "$name"', { timeout: 60_000 }, async ({ name, moment }) => {
        const plan = new CrashPlan(name, moment);
        await play(database, scenario, [plan]);
        expect(plan.hasStruck).toBe(true);
      });
    });
  }
}

/** Tells the story once. */
export function play(database: Database, scenario: Scenario, plans: readonly CrashPlan[]): Promise<void> {
  return World.during(database, { ...scenario.options, plans }, async (world) => {
    const client = new Client(world);
    const expectEndsTold = watchEnds(world);
    await world.play(async () => {
      await scenario.given?.(world, client);
      watchCounts(world);
      const arm = async () => plans.forEach((plan) => void plan.arm());
      if (scenario.from === undefined) await arm();
      else once(world, scenario.from, arm);
      await scenario.when(world, client);
      await finish(world);
      await expectQuiet(world);
    });
    await expectSoundEnd(world, scenario.arrivalsAllowed);
    await expectEndsTold();
    await scenario.then?.(world);
  });
}
