import pMap from 'p-map';
import type { Money } from '../kernel/money.ts';
import { isUnderWay } from './batch.ts';
import { addCounts, addSums, type Chunk, type Counts, type Sums } from './chunk.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { type BatchWithChunks, readBatch } from './read-batches.ts';

const PARALLEL_READS = 8;
/** A screen asks for an overview again and again: it reads so many batches at most. */
const MAX_BATCHES = 100;

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
  /** The payout whose outcome is not known that was asked for the longest ago, in all batches. */
  readonly oldestUnknown: Payout | undefined;
};

export async function readOverview(deps: PayoutDeps): Promise<Overview> {
  const [ids, unknown] = await Promise.all([
    deps.batches.listOpen(),
    deps.index.list('unknown', { limit: 1, cursor: undefined }),
  ]);
  const first = ids.toSorted().slice(0, MAX_BATCHES);
  const read = (id: (typeof first)[number]) => readBatch(deps, id).catch(undefinedIfDeleted);
  const open = (await pMap(first, read, { concurrency: PARALLEL_READS })).filter((found) => found !== undefined);
  const moving = open.filter(({ batch }) => isUnderWay(batch.status));
  return {
    open,
    isWhole: first.length === ids.length,
    counts: addCounts(moving.map(({ counts }) => counts)),
    inFlight: addSums(moving.map(notEnded)),
    oldestUnknown: unknown.items[0],
  };
}

/** The index may lag behind: a discarded batch is deleted. */
const undefinedIfDeleted = (error: unknown): undefined => {
  if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return undefined;
  throw error;
};

const ENDED_AMOUNTS = ['completedAmounts', 'failedAmounts', 'cancelledAmounts', 'returnedAmounts'] as const;

function notEnded({ batch, chunks }: BatchWithChunks): Sums {
  const ended = addSums(chunks.flatMap((chunk: Chunk) => ENDED_AMOUNTS.map((name) => chunk[name])));
  const left = [...batch.amounts].map(([currency, minor]): [Money['currency'], bigint] => [
    currency,
    minor - (ended.get(currency) ?? 0n),
  ]);
  return new Map(left.filter(([, minor]) => minor > 0n));
}
