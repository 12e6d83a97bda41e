import { minBy } from 'es-toolkit';
import pMap from 'p-map';
import { isUnderWay } from './batch.ts';
import { isOpen } from './chunk.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { type BatchWithChunks, readBatch } from './read-batches.ts';

const PARALLEL_READS = 8;
/** A screen and the metrics ask again and again: they read so many batches at most. */
const MAX_BATCHES = 100;

/** `moving`: those whose chunks workers process. `isWhole`: whether all open batches were read. */
export type OpenBatches = {
  readonly open: readonly BatchWithChunks[];
  readonly moving: readonly BatchWithChunks[];
  readonly isWhole: boolean;
};

/** Batches that workers or recovery process, in the order of their ids. */
export async function readOpenBatches(deps: Pick<PayoutDeps, 'batches'>): Promise<OpenBatches> {
  const ids = await deps.batches.listOpen();
  const first = ids.toSorted().slice(0, MAX_BATCHES);
  const read = (id: BatchId) => readBatch(deps, id).catch(undefinedIfDeleted);
  const open = (await pMap(first, read, { concurrency: PARALLEL_READS })).filter((found) => found !== undefined);
  const moving = open.filter(({ batch }) => isUnderWay(batch.status));
  return { open, moving, isWhole: first.length === ids.length };
}

/** The index may lag behind: a discarded batch is deleted. */
const undefinedIfDeleted = (error: unknown): undefined => {
  if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') return undefined;
  throw error;
};

/** `since`: epoch milliseconds. */
export type Waiting = { readonly batchId: BatchId; readonly chunk: number; readonly since: number };

/** The chunk that is due for the longest time, and that no worker has. Dead letters do not count. */
export function oldestWaiting(moving: readonly BatchWithChunks[], now: number): Waiting | undefined {
  const waiting = moving.flatMap(({ batch, chunks }) =>
    chunks
      .filter((chunk) => isOpen(chunk) && !chunk.deadLetter)
      .map(({ number, dueAt, lease }) => ({
        batchId: batch.id,
        chunk: number,
        since: Math.max(lease?.until ?? dueAt, batch.dispatchedAt),
      })),
  );
  return minBy(
    waiting.filter(({ since }) => since <= now),
    ({ since }) => since,
  );
}
