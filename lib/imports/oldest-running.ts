import { sortBy } from 'es-toolkit';
import type { ImportDeps } from './ports.ts';

/** A screen asks again and again: it reads so many imports at most. */
const MAX_IMPORTS = 20;

/** The running import that has made no progress for the longest time. `since`: ISO 8601 UTC */
export async function oldestRunning({ imports }: Pick<ImportDeps, 'imports'>) {
  const ids = (await imports.listOpen()).slice(0, MAX_IMPORTS);
  const open = await Promise.all(ids.map((id) => imports.read(id)));
  const [oldest] = sortBy(
    open.flatMap((one) => (one?.status === 'RUNNING' ? [one] : [])),
    ['touchedAt'],
  );
  return oldest && { since: new Date(oldest.touchedAt).toISOString(), id: oldest.id };
}
