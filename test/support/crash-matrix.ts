import { partition } from 'es-toolkit';
import { describe, expect, inject, it } from 'vitest';
import { CrashPlan, type Death } from './crash.ts';
import { inOwnTables } from './database.ts';
import { type Draw, isPlayed } from './draw.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly draw: Draw;
  }
}

type Matrix<Ended> = {
  /** Plays the scenario. Arms the plan once processes may die, recovers after the death, and returns what to judge. */
  readonly play: (plan: CrashPlan) => Promise<Ended>;
  /** Expects that everything is right at the end. `crash` is undefined for the run without a death. */
  readonly judge?: (ended: Ended, undisturbed: Ended, crash?: Death) => Promise<void> | void;
  /** The role whose processes die; by default every role. */
  readonly who?: string;
};

/**
 * Plays a scenario once to find every await of its processes. Then there is one test for a death before each await, and
 * one for a death after it, unless that leaves what the death before the next await leaves.
 */
export async function crashMatrix<Ended>(name: string, { play, judge, who = '' }: Matrix<Ended>): Promise<void> {
  const plan = new CrashPlan();
  const undisturbed = await play(plan);
  const deaths = plan.deaths().filter(({ name }) => name.startsWith(who));

  describe.concurrent(name, () => {
    it('ends well if no process dies', async () => {
      expect(deaths).not.toEqual([]);
      await judge?.(undisturbed, undisturbed);
    });

    const [played, others] = partition(deaths, (death) =>
      isPlayed(`${name}: ${death.moment} ${death.name}`, inject('draw')),
    );
    it.for(others)('ends well if a process dies $moment "$name"', { skip: true }, () => {});
    it.for(played)('ends well if a process dies $moment "$name"', { timeout: 60_000 }, (crash) =>
      inOwnTables(async () => {
        const deadly = new CrashPlan(crash.name, crash.moment);
        const ended = await play(deadly);
        expect(deadly.hasStruck).toBe(true);
        await judge?.(ended, undisturbed, crash);
      }),
    );
  });
}
