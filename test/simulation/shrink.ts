import type { Database } from '../support/database.ts';
import type { Domain } from './domain.ts';
import { FAULT_NAMES, type FaultName } from './faults.ts';
import { type Outcome, runSeed } from './run.ts';

/** The least that has to go wrong for a seed to fail, who has to take part, and what happens then. */
export type Shrunk = {
  readonly outcome: Outcome;
  readonly faults: readonly FaultName[];
  readonly actors: readonly string[];
};

/**
 * Takes one kind of fault after the other out of a history that fails, then one of those who take part after the other,
 * and leaves out those without which it fails still. What a fault draws is drawn whether it may strike or not, and everybody
 * draws by himself, so the rest of the history changes as little as can be.
 */
export async function shrink(database: Database, domain: Domain, seed: number): Promise<Shrunk> {
  let outcome = await runSeed(database, domain, { seed });
  const [without, absent] = [new Set<FaultName>(), new Set<string>()];
  const leaveOut = async <Left>(all: readonly Left[], left: Set<Left>) => {
    for (const each of all) {
      left.add(each);
      const lesser = await runSeed(database, domain, { seed, without, absent });
      if (lesser.findings.length === 0) left.delete(each);
      else outcome = lesser;
    }
  };
  await leaveOut(FAULT_NAMES, without);
  await leaveOut(outcome.actors, absent);
  return {
    outcome,
    faults: FAULT_NAMES.filter((fault) => !without.has(fault) && outcome.faults.has(fault)),
    actors: outcome.actors.filter((actor) => !absent.has(actor)),
  };
}

/** Up to the first finding: what comes later has not caused it. */
export function untilFinding(history: readonly string[]): readonly string[] {
  const at = history.findIndex((line) => line.includes(' FINDING '));
  return at === -1 ? history : history.slice(0, at + 1);
}
