import type { Database } from '../support/database.ts';
import type { Domain } from './domain.ts';
import { FAULT_NAMES, type FaultName } from './faults.ts';
import { type Outcome, runSeed } from './run.ts';

/** The fewest faults and actors found with which a seed still fails, and its history with only these. */
export type Shrunk = {
  readonly outcome: Outcome;
  readonly faults: readonly FaultName[];
  readonly actors: readonly string[];
  /** False if the time was over before everything was tried. */
  readonly isComplete: boolean;
};

/**
 * Leaves out faults, then actors, without which the seed still fails: all of them, else each half, and so on. A fault draws
 * its chance whether it may strike or not, and each actor has a chance of its own, so the rest of the history changes little.
 * @param failure of the whole seed
 */
export async function shrink(
  database: Database,
  domain: Domain,
  failure: Outcome,
  { seconds, report }: { seconds: number; report: (progress: string) => void },
): Promise<Shrunk> {
  const { seed } = failure;
  const begunAt = performance.now();
  const elapsed = () => (performance.now() - begunAt) / 1_000;
  let [outcome, runs, isComplete] = [failure, 0, true];
  const without = new Set(FAULT_NAMES.filter((fault) => !failure.faults.has(fault)));
  const absent = new Set<string>();
  const needed = () => ({
    faults: FAULT_NAMES.filter((fault) => !without.has(fault) && outcome.faults.has(fault)),
    actors: outcome.actors.filter((actor) => !absent.has(actor)),
  });
  const leaveOut = async <Part>(parts: readonly Part[], left: Set<Part>): Promise<void> => {
    if (parts.length === 0) return;
    if (elapsed() > seconds) {
      isComplete = false;
      return;
    }
    for (const part of parts) left.add(part);
    const lesser = await runSeed(database, domain, { seed, without, absent, stopsAtFinding: true });
    runs += 1;
    const stillFails = lesser.findings.length > 0;
    if (stillFails) outcome = lesser;
    else for (const part of parts) left.delete(part);
    const { faults, actors } = needed();
    report(`${elapsed().toFixed(0)} s, ${runs} runs: fails with ${faults.length} faults and ${actors.length} actors`);
    if (stillFails || parts.length === 1) return;
    const half = Math.ceil(parts.length / 2);
    await leaveOut(parts.slice(0, half), left);
    await leaveOut(parts.slice(half), left);
  };
  await leaveOut(needed().faults, without);
  await leaveOut(outcome.actors, absent);
  return { outcome, ...needed(), isComplete };
}

/** @returns the history up to its first finding; later lines did not cause it */
export function untilFinding(history: readonly string[]): readonly string[] {
  const at = history.findIndex((line) => line.includes(' FINDING '));
  return at === -1 ? history : history.slice(0, at + 1);
}
