import { type DataVersionStore, EXPECTED_VERSION } from './data-version.ts';

/** Something that requests need besides the database. Without an answer in `deadlineMs` it is down. */
export type Check = { readonly name: string; readonly isUp: () => Promise<boolean>; readonly deadlineMs: number };
export type CheckDeps = {
  readonly checks: readonly Check[];
  readonly dataVersion: DataVersionStore;
  readonly sleep: (ms: number) => Promise<void>;
};

/** Answers what was found at most {@link HEALTH_CACHED_MS} ago. */
export type HealthDeps = { readonly read: () => Promise<Health> };

/** Of this process, at most as old as {@link HEALTH_CACHED_MS}. */
export const readHealth = ({ read }: HealthDeps): Promise<Health> => read();

/** However many requests a process serves, it checks once in this time. */
export const HEALTH_CACHED_MS = 2_000;
/** Of AWS. */
export const AWS_DEADLINE_MS = 2_000;

/** The version of the data that the code expects, and the one that it found: null if it could not be read. */
export type Migrations = {
  readonly expected: number;
  readonly found: number | null;
  readonly dirty: boolean | null;
};

type Result = 'up' | 'down';

/**
 * - `degraded`: something that requests need is down.
 * - `mismatch`: all is up, but the data has another version than the code expects. The code reads the versions before and
 *   after a migration, so requests continue; an operator has to run `npm run migrate`.
 */
export type Health = {
  readonly status: 'ok' | 'mismatch' | 'degraded';
  readonly checks: Readonly<Record<string, Result>>;
  readonly migrations: Migrations;
};

/** Checks everything at the same time. The database is up if the version of the data can be read. */
export async function checkHealth({ checks, dataVersion, sleep }: CheckDeps): Promise<Health> {
  /** @returns undefined for what failed or took too long */
  const within = <Answer>(ms: number, ask: () => Promise<Answer>) =>
    Promise.race([ask().catch(() => undefined), sleep(ms).then(() => undefined)]);
  const [found, others] = await Promise.all([
    within(AWS_DEADLINE_MS, () => dataVersion.read()),
    Promise.all(checks.map(async ({ name, isUp, deadlineMs }) => [name, resultOf(await within(deadlineMs, isUp))])),
  ]);
  const results: Record<string, Result> = { database: resultOf(found !== undefined), ...Object.fromEntries(others) };
  const migrations = { expected: EXPECTED_VERSION, found: found?.version ?? null, dirty: found?.dirty ?? null };
  return { status: statusOf(results, migrations), checks: results, migrations };
}

const resultOf = (isUp: boolean | undefined): Result => (isUp ? 'up' : 'down');

function statusOf(results: Health['checks'], { expected, found, dirty }: Migrations): Health['status'] {
  if (Object.values(results).includes('down')) return 'degraded';
  return found === expected && dirty === false ? 'ok' : 'mismatch';
}
