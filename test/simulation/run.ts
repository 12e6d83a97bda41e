import { hash } from 'node:crypto';
import { type Database, inOwnTables } from '../support/database.ts';
import type { Coverage } from './coverage.ts';
import type { Domain } from './domain.ts';
import { judgeEvents, setEvents } from './events.ts';
import { Schedule, takeOver } from './schedule.ts';
import { type Plan, SimulatedWorld } from './world.ts';

const MINUTE_MS = 60_000;
/** Virtual minutes with faults, and how many without faults a domain may need to finish all its work. */
const FAULTY_MINUTES = 5;
const CALM_MINUTES = 30;

export type Outcome = {
  readonly seed: number;
  readonly findings: readonly string[];
  readonly effects: number;
  readonly digest: string;
  readonly history: readonly string[];
  /** The faults that struck, with how often. */
  readonly faults: ReadonlyMap<string, number>;
  /** All actors of the seed, with those that the plan leaves out. */
  readonly actors: readonly string[];
  readonly coverage: Coverage;
};

/** @param onFinding called with each finding at the moment it is found */
export function runSeed(
  database: Database,
  domain: Domain,
  plan: Plan,
  onFinding: (finding: string) => void = () => {},
): Promise<Outcome> {
  return inOwnTables(() => playSeed(database, domain, plan, onFinding));
}

async function playSeed(
  database: Database,
  domain: Domain,
  plan: Plan,
  onFinding: (finding: string) => void,
): Promise<Outcome> {
  const schedule = new Schedule();
  const world = await SimulatedWorld.open(database, plan, schedule, domain.tables);
  world.history.onFinding = (finding) => {
    if (plan.stopsAtFinding) schedule.halt();
    onFinding(finding);
  };
  const giveBack = takeOver(schedule, world.chance);
  try {
    await play(world, domain);
  } finally {
    giveBack();
    world.close();
  }
  const { history, coverage, actors, gate } = world;
  const { findings, lines } = history;
  return {
    seed: plan.seed,
    findings,
    effects: gate.effects,
    history: lines,
    coverage,
    faults: gate.seen,
    actors,
    digest: hash('sha256', lines.join('\n')).slice(0, 16),
  };
}

async function play(world: SimulatedWorld, domain: Domain): Promise<void> {
  const { schedule, history } = world;
  domain.set(world);
  setEvents(world, domain.hasNothingToSweep && (() => domain.hasNothingToSweep?.(world) ?? false));
  const begunAt = schedule.now;
  let isFinished = false;
  const failed = (error: Error) => world.find(`a client failed: ${error.stack}`);
  const playing = new Promise<void>((resolve) => {
    schedule.after(0, () => void domain.play(world).then(resolve, failed));
  });
  const judge = async (isOver: boolean) => {
    if (isOver && !isFinished) world.find('the clients have not finished');
    await domain.judge(world, isOver);
    await judgeEvents(world, isOver);
  };
  for (let minute = 1; minute <= FAULTY_MINUTES; minute += 1) {
    await schedule.playUntil(begunAt + minute * MINUTE_MS);
    if (schedule.isHalted) return;
    await judge(false);
  }
  world.calm();
  const settle = async () => {
    // Not before the operators of the faulty minutes have finished: they rely on being the only ones who start things.
    await playing;
    await domain.settle(world);
    isFinished = true;
  };
  schedule.after(0, () => void settle().catch(failed));
  for (let minute = 1; minute <= CALM_MINUTES; minute += 1) {
    await schedule.playUntil(begunAt + (FAULTY_MINUTES + minute) * MINUTE_MS);
    if (schedule.isHalted || (await history.dryRun(() => judge(true))).length === 0) return;
  }
  await judge(true);
}
