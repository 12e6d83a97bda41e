import { hash } from 'node:crypto';
import type { Database } from '../support/world.ts';
import type { Coverage } from './coverage.ts';
import type { Domain } from './domain.ts';
import { judgeEventsGone, setEvents } from './events.ts';
import type { FaultName } from './faults.ts';
import { Schedule, takeOver } from './schedule.ts';
import { SimulatedWorld } from './world.ts';

/** How long things may go wrong, and how long it may take after that until all is at its end, in virtual time. */
const FAULTY_MS = 5 * 60_000;
const CALM_MS = 30 * 60_000;

export type Outcome = {
  readonly seed: number;
  readonly findings: readonly string[];
  readonly effects: number;
  readonly digest: string;
  readonly history: readonly string[];
  readonly faults: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
};

/** @param without faults that do not strike, whatever the seed has drawn */
export async function runSeed(
  database: Database,
  domain: Domain,
  seed: number,
  without: ReadonlySet<FaultName> = new Set(),
): Promise<Outcome> {
  const schedule = new Schedule();
  const world = await SimulatedWorld.open(database, { seed, without }, schedule);
  const giveBack = takeOver(schedule, world.chance);
  try {
    domain.set(world);
    setEvents(world);
    let isPlayed = false;
    schedule.after(0, () => {
      void domain.play(world).then(
        () => {
          isPlayed = true;
        },
        (error: unknown) => world.find(`the client failed: ${error}`),
      );
    });
    const begunAt = schedule.now;
    for (let minute = 1; minute <= FAULTY_MS / 60_000; minute += 1) {
      await schedule.playUntil(begunAt + minute * 60_000);
      await domain.judge(world, false);
    }
    world.calm();
    schedule.after(0, () => void domain.settle(world));
    const judge = async () => {
      if (!isPlayed) world.find('the clients have not come to an end');
      await domain.judge(world, true);
      await judgeEventsGone(world);
    };
    for (let minute = 1; minute <= CALM_MS / 60_000; minute += 1) {
      await schedule.playUntil(begunAt + FAULTY_MS + minute * 60_000);
      if ((await world.looked(judge)).length === 0) break;
    }
    await judge();
  } finally {
    giveBack();
    world.close();
  }
  const { findings, effects, history, coverage, faultsSeen: faults } = world;
  return {
    seed,
    findings,
    effects,
    history,
    coverage,
    faults,
    digest: hash('sha256', history.join('\n')).slice(0, 16),
  };
}
