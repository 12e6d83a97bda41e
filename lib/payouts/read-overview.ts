import { minBy } from 'es-toolkit';
import pMap from 'p-map';
import type { Money } from '../kernel/money.ts';
import { isUnderWay } from './batch.ts';
import { addCounts, addSums, type Chunk, type Counts, isOpen, type Sums } from './chunk.ts';
import type { BatchId } from './ids.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { type BatchWithChunks, readBatch } from './read-batches.ts';
import { readThroughput, type Throughput } from './throughput.ts';

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
  /** The payout whose outcome is unknown for the longest time, in all batches. */
  readonly oldestUnknown: Payout | undefined;
  /** The chunk that is due for the longest time, and that no worker has. Dead letters do not count. */
  readonly oldestWaiting: Waiting | undefined;
  readonly throughput: Throughput;
};

/** `since`: epoch milliseconds. */
type Waiting = { readonly batchId: BatchId; readonly chunk: number; readonly since: number };

export async function readOverview(deps: PayoutDeps): Promise<Overview> {
  const [ids, unknown, throughput] = await Promise.all([
    deps.batches.listOpen(),
    deps.index.list('unknown', { limit: 1, cursor: undefined }),
    readThroughput(deps),
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
    oldestWaiting: minBy(moving.flatMap(waitingIn(deps.now())), ({ since }) => since),
    throughput,
  };
}

/** The index may lag behind: a discarded batch is deleted. */
const undefinedIfDeleted = (error: unknown): undefined => {
  if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return undefined;
  throw error;
};

const waitingIn =
  (now: number) =>
  ({ batch, chunks }: BatchWithChunks): Waiting[] =>
    chunks
      .filter((chunk) => isOpen(chunk) && !chunk.deadLetter)
      .map(({ number, dueAt, lease }) => ({
        batchId: batch.id,
        chunk: number,
        since: Math.max(lease?.until ?? dueAt, batch.dispatchedAt),
      }))
      .filter(({ since }) => since <= now);

const ENDED_AMOUNTS = ['completedAmounts', 'failedAmounts', 'cancelledAmounts', 'returnedAmounts'] as const;

function notEnded({ batch, chunks }: BatchWithChunks): Sums {
  const ended = addSums(chunks.flatMap((chunk: Chunk) => ENDED_AMOUNTS.map((name) => chunk[name])));
  const left = [...batch.amounts].map(([currency, minor]): [Money['currency'], bigint] => [
    currency,
    minor - (ended.get(currency) ?? 0n),
  ]);
  return new Map(left.filter(([, minor]) => minor > 0n));
}
