import { type DataVersionStore, EXPECTED_VERSION } from './data-version.ts';

export type Check = { readonly name: string; readonly isUp: () => Promise<boolean> };
export type HealthDeps = { readonly checks: readonly Check[]; readonly dataVersion: DataVersionStore };

/** Which version of the data the code expects, and which it found: null if it could not be read. */
export type Migrations = {
  readonly expected: number;
  readonly found: number | null;
  readonly dirty: boolean | null;
};

/**
 * - `degraded`: something that requests need is down.
 * - `mismatch`: all is up, and the data is not in the version that the code was written for. Code reads the version
 *   before and after a migration, so requests go on; somebody has to run `npm run migrate`.
 */
export type Health = {
  readonly status: 'ok' | 'mismatch' | 'degraded';
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
  readonly migrations: Migrations;
};

/** Asks every dependency, at once. One that throws, or takes longer than `timeoutMs`, is down. */
export async function checkHealth({ checks, dataVersion }: HealthDeps, timeoutMs: number): Promise<Health> {
  const [found, results] = await Promise.all([
    inTime(() => dataVersion.read(), timeoutMs),
    Promise.all(checks.map(async ({ name, isUp }) => [name, (await inTime(isUp, timeoutMs)) ? 'up' : 'down'] as const)),
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

/** @returns undefined for what failed or took too long */
async function inTime<Answer>(ask: () => Promise<Answer>, timeoutMs: number): Promise<Answer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([ask().catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
