import { describe, expect, it } from 'vitest';
import { CrashPlan, MOMENTS, type Moment } from './crash.ts';
import { inOwnTables } from './database.ts';

export type Crash = { readonly name: string; readonly moment: Moment };

type Matrix<Ended> = {
  /** Plays the scenario. Arms the plan once processes may die, recovers after the death, and returns what to judge. */
  readonly play: (plan: CrashPlan) => Promise<Ended>;
  /** Expects that everything is right at the end. `crash` is undefined for the run without a death. */
  readonly judge?: (ended: Ended, undisturbed: Ended, crash?: Crash) => Promise<void> | void;
  /** The role whose processes die; by default every role. */
  readonly who?: string;
  /** The awaits that store nothing, by the names after the role. A death after one leaves what a death before it leaves. */
  readonly reads?: RegExp;
};

const BEFORE: readonly Moment[] = ['before'];

/**
 * Plays a scenario once to find every await of its processes. Then there is one test for a death before each await, and
 * one for a death after each await that is not a read.
 */
export async function crashMatrix<Ended>(
  name: string,
  { play, judge, who = '', reads = /^$/ }: Matrix<Ended>,
): Promise<void> {
  const plan = new CrashPlan();
  const momentsOf = (each: string) => (reads.test(each.replace(/^[^:]*: /, '')) ? BEFORE : MOMENTS);
  const undisturbed = await play(plan);
  const awaits = plan.awaits.filter((each) => each.startsWith(who));
  const crashes = awaits.flatMap((each) => momentsOf(each).map((moment): Crash => ({ name: each, moment })));

  describe.concurrent(name, () => {
    it('ends well if no process dies', async () => {
      expect(awaits).not.toEqual([]);
      await judge?.(undisturbed, undisturbed);
    });

    it.for(crashes)('ends well if a process dies $moment "$name"', { timeout: 60_000 }, (crash) =>
      inOwnTables(async () => {
        const deadly = new CrashPlan(crash.name, crash.moment);
        const ended = await play(deadly);
        expect(deadly.hasStruck).toBe(true);
        await judge?.(ended, undisturbed, crash);
      }),
    );
  });
}
