import type { Money } from '../kernel/money.ts';
import { addCounts, addSums, type Chunk, type Counts, type Sums } from './chunk.ts';
import { oldestWaiting, readOpenBatches, type Waiting } from './open-batches.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import type { BatchWithChunks } from './read-batches.ts';
import { readThroughput, type Throughput } from './throughput.ts';

/** What moves now, and what waits for a person. */
export type Overview = {
  /** Batches that workers or recovery process, in the order of their ids. */
  readonly open: readonly BatchWithChunks[];
  /** Whether these are all of them. */
  readonly isWhole: boolean;
  /** Of payouts in batches that are under way. */
  readonly counts: Counts;
  /** Of payouts that have not ended, in batches that are under way. */
  readonly inFlight: Sums;
  /** The payout whose outcome is unknown for the longest time, in all batches. */
  readonly oldestUnknown: Payout | undefined;
  /** The chunk that is due for the longest time, and that no worker has. Dead letters do not count. */
  readonly oldestWaiting: Waiting | undefined;
  readonly throughput: Throughput;
};

export async function readOverview(deps: PayoutDeps): Promise<Overview> {
  const [{ open, isWhole, moving }, unknown, throughput] = await Promise.all([
    readOpenBatches(deps),
    deps.index.list('unknown', { limit: 1, cursor: undefined }),
    readThroughput(deps),
  ]);
  return {
    open,
    isWhole,
    counts: addCounts(moving.map(({ counts }) => counts)),
    inFlight: addSums(moving.map(notEnded)),
    oldestUnknown: unknown.items[0],
    oldestWaiting: oldestWaiting(moving, deps.now()),
    throughput,
  };
}

const ENDED_AMOUNTS = ['completedAmounts', 'failedAmounts', 'cancelledAmounts', 'returnedAmounts'] as const;

function notEnded({ batch, chunks }: BatchWithChunks): Sums {
  const ended = addSums(chunks.flatMap((chunk: Chunk) => ENDED_AMOUNTS.map((name) => chunk[name])));
  const left = [...batch.amounts].map(([currency, minor]): [Money['currency'], bigint] => [
    currency,
    minor - (ended.get(currency) ?? 0n),
  ]);
  return new Map(left.filter(([, minor]) => minor > 0n));
}
