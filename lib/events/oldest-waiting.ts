import { sortBy } from 'es-toolkit';
import type { RelayDeps } from './ports.ts';

/** The oldest event that is not published yet. */
export async function oldestWaiting({ outbox }: Pick<RelayDeps, 'outbox'>, now: number) {
  const first = await Promise.all(outbox.shards.map((shard) => outbox.waiting(shard, { before: now, limit: 1 })));
  return sortBy(first.flat(), ['time'])[0];
}
