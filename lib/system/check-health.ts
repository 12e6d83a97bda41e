import { type DataVersionStore, EXPECTED_VERSION } from './data-version.ts';

export type Check = { readonly name: string; readonly isUp: () => Promise<boolean> };
export type HealthDeps = {
  readonly checks: readonly Check[];
  readonly dataVersion: DataVersionStore;
  readonly sleep: (ms: number) => Promise<void>;
};

/** The version of the data that the code expects, and the one that it found: null if it could not be read. */
export type Migrations = {
  readonly expected: number;
  readonly found: number | null;
  readonly dirty: boolean | null;
};

/**
 * - `degraded`: something that requests need is down.
 * - `mismatch`: all is up, but the data has another version than the code expects. The code reads the versions before and
 *   after a migration, so requests continue; an operator has to run `npm run migrate`.
 */
export type Health = {
  readonly status: 'ok' | 'mismatch' | 'degraded';
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
  readonly migrations: Migrations;
};

/** Asks every dependency at the same time. One that throws, or takes longer than `timeoutMs`, is down. */
export async function checkHealth({ checks, dataVersion, sleep }: HealthDeps, timeoutMs: number): Promise<Health> {
  const late = sleep(timeoutMs);
  const [found, results] = await Promise.all([
    inTime(() => dataVersion.read(), late),
    Promise.all(checks.map(async ({ name, isUp }) => [name, (await inTime(isUp, late)) ? 'up' : 'down'] as const)),
  ]);
  const migrations = { expected: EXPECTED_VERSION, found: found?.version ?? null, dirty: found?.dirty ?? null };
  return { status: statusOf(results, migrations), checks: Object.fromEntries(results), migrations };
}

function statusOf(
  results: readonly (readonly [string, 'up' | 'down'])[],
  { expected, found, dirty }: Migrations,
): Health['status'] {
  if (results.some(([, result]) => result === 'down')) return 'degraded';
  return found === expected && dirty === false ? 'ok' : 'mismatch';
}

/** @returns undefined for a check that failed or took too long */
function inTime<Answer>(ask: () => Promise<Answer>, late: Promise<void>): Promise<Answer | undefined> {
  return Promise.race([ask().catch(() => undefined), late.then(() => undefined)]);
}
