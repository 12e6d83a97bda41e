import { hash } from 'node:crypto';
import type { Database } from '../support/database.ts';
import type { Coverage } from './coverage.ts';
import type { Domain } from './domain.ts';
import { judgeEvents, setEvents } from './events.ts';
import { Schedule, takeOver } from './schedule.ts';
import { type Plan, SimulatedWorld } from './world.ts';

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
  /** Who took part, or would have. */
  readonly actors: readonly string[];
  readonly coverage: Coverage;
};

export async function runSeed(database: Database, domain: Domain, plan: Plan): Promise<Outcome> {
  const schedule = new Schedule();
  const world = await SimulatedWorld.open(database, plan, schedule, domain.tables);
  const giveBack = takeOver(schedule, world.chance);
  try {
    await play(world, domain);
  } finally {
    giveBack();
    world.close();
  }
  const { history, coverage, actors, gate } = world;
  const { findings, lines } = history;
  const digest = hash('sha256', lines.join('\n')).slice(0, 16);
  return {
    seed: plan.seed,
    findings,
    effects: gate.effects,
    history: lines,
    coverage,
    faults: gate.seen,
    actors,
    digest,
  };
}

async function play(world: SimulatedWorld, domain: Domain): Promise<void> {
  const { schedule } = world;
  domain.set(world);
  setEvents(world);
  let [isPlayed, isSettled] = [false, false];
  const failed = (error: unknown) => world.find(`a client failed: ${(error as Error).stack}`);
  schedule.after(0, () => {
    void domain.play(world).then(() => {
      isPlayed = true;
    }, failed);
  });
  const begunAt = schedule.now;
  for (let minute = 1; minute <= FAULTY_MS / 60_000; minute += 1) {
    await schedule.playUntil(begunAt + minute * 60_000);
    await domain.judge(world, false);
    await judgeEvents(world, false);
  }
  world.calm();
  schedule.after(0, () => {
    void domain.settle(world).then(() => {
      isSettled = true;
    }, failed);
  });
  const judge = async () => {
    if (!isPlayed || !isSettled) world.find('the clients have not come to an end');
    await domain.judge(world, true);
    await judgeEvents(world, true);
  };
  for (let minute = 1; minute <= CALM_MS / 60_000; minute += 1) {
    await schedule.playUntil(begunAt + FAULTY_MS + minute * 60_000);
    if ((await world.history.looked(judge)).length === 0) return;
  }
  await judge();
}
