import { describe, expect, it } from 'vitest';
import { seededRandom } from '../support/clock.ts';
import { CrashPlan, MOMENTS } from '../support/crash.ts';
import { givenADatabase } from '../support/database.ts';
import { play, type Scenario } from '../support/payout-crashes.ts';
import { requestFor } from '../support/scenario.ts';

const SAMPLES = 20;

const database = await givenADatabase();

/** The bank behaves at random, and two workers run at once. */
function scenario(seed: number): Scenario {
  return {
    name: `seed ${seed}`,
    options: { seed, workers: 2 },
    given: (world) => world.setBank({ mode: 'random', seed }),
    when: async (_world, client) => {
      await client.create(requestFor(8));
    },
  };
}

describe.concurrent('two processes crash in one batch, at places drawn from a seed', () => {
  it.for(Array.from({ length: SAMPLES }, (_, index) => index + 1))('seed %i', { timeout: 60_000 }, async (seed) => {
    const random = seededRandom(seed);
    const draw = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
    const undisturbed = new CrashPlan();
    await play(database, scenario(seed), [undisturbed]);

    // The second crash is drawn from the steps after the first one, recovery included.
    const [name, moment] = [draw(undisturbed.awaits), draw(MOMENTS)];
    const first = new CrashPlan(name, moment);
    await play(database, scenario(seed), [first]);
    const after = first.awaits.slice(first.awaits.indexOf(name) + 1);
    const deaths = [new CrashPlan(name, moment), new CrashPlan(draw(after), draw(MOMENTS))];
    await play(database, scenario(seed), deaths);
    expect(deaths.some(({ hasStruck }) => hasStruck)).toBe(true);
  });
});
