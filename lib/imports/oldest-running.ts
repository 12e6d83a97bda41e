import type { ImportDeps } from './ports.ts';

/** A screen asks again and again: it reads so many imports at most. */
const MAX_IMPORTS = 20;

/** Since when the running import that has waited the longest has made no progress. */
export async function oldestRunning({ imports }: Pick<ImportDeps, 'imports'>): Promise<string | undefined> {
  const ids = (await imports.listOpen()).slice(0, MAX_IMPORTS);
  const open = await Promise.all(ids.map((id) => imports.read(id)));
  const [oldest] = open.flatMap((one) => (one?.status === 'RUNNING' ? [one.touchedAt] : [])).sort((a, b) => a - b);
  return oldest === undefined ? undefined : new Date(oldest).toISOString();
}
