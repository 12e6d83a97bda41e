import type { RelayDeps } from './ports.ts';

/** When the oldest event happened that is not published yet. */
export async function oldestWaiting({ outbox }: Pick<RelayDeps, 'outbox'>, now: number): Promise<string | undefined> {
  const first = await Promise.all(outbox.shards.map((shard) => outbox.waiting(shard, { before: now, limit: 1 })));
  return first
    .flat()
    .map(({ time }) => time)
    .sort()[0];
}
