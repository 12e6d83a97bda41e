import { addCounts, endedOf } from './chunk.ts';
import { oldestWaiting, readOpenBatches } from './open-batches.ts';
import type { PayoutDeps } from './ports.ts';
import { minuteOf } from './throughput-store.ts';

const MINUTE_MS = 60_000;

/** Payouts in batches that are under way, and since when the oldest chunk waits for a worker; ISO 8601 UTC. */
export async function measureOpen(deps: Pick<PayoutDeps, 'batches'>, now: number) {
  const { moving } = await readOpenBatches(deps);
  const counts = addCounts(moving.map((one) => one.counts));
  const waiting = oldestWaiting(moving, now);
  return {
    waitingSince: waiting && new Date(waiting.since).toISOString(),
    open: moving.reduce((total, { batch }) => total + batch.total, 0) - endedOf(counts),
    unknown: counts.unknown,
  };
}

/** Payouts that ended in the last whole minute. */
export async function measureLastMinute({ throughput }: Pick<PayoutDeps, 'throughput'>, now: number) {
  const before = minuteOf(now - MINUTE_MS);
  const minutes = await throughput.read(now - MINUTE_MS);
  const { completed = 0, failed = 0 } = minutes.find(({ at }) => at === before) ?? {};
  return { completed, failed };
}
