import type { Database } from '../support/world.ts';
import type { Domain } from './domain.ts';
import { FAULT_NAMES, type FaultName } from './faults.ts';
import { type Outcome, runSeed } from './run.ts';

/** The least that has to go wrong for a seed to fail, and what happens then. */
export type Shrunk = { readonly outcome: Outcome; readonly needed: readonly FaultName[] };

/**
 * Takes one kind of fault after the other out of a history that fails, and leaves out those without which it fails still.
 * What a fault draws is drawn whether it may strike or not, so the rest of the history changes as little as can be.
 */
export async function shrink(database: Database, domain: Domain, seed: number): Promise<Shrunk> {
  let outcome = await runSeed(database, domain, seed);
  const without = new Set<FaultName>();
  for (const fault of FAULT_NAMES) {
    const lesser = await runSeed(database, domain, seed, new Set([...without, fault]));
    if (lesser.findings.length === 0) continue;
    without.add(fault);
    outcome = lesser;
  }
  const needed = FAULT_NAMES.filter((fault) => !without.has(fault) && outcome.faults.has(fault));
  return { outcome, needed };
}

/** Up to the first finding: what comes later has not caused it. */
export function untilFinding(history: readonly string[]): readonly string[] {
  const at = history.findIndex((line) => line.includes(' FINDING '));
  return at === -1 ? history : history.slice(0, at + 1);
}
