import pMap from 'p-map';
import { orNotFound } from '../kernel/errors.ts';
import { cursorOf, type PageRequest, positionIn, unknownCursor } from '../kernel/page.ts';
import type { Batch } from './batch.ts';
import type { BatchPage } from './batch-store.ts';
import { addCounts, type Chunk, type Counts, shownStatus } from './chunk.ts';
import type { Duplicate } from './claim.ts';
import { type BatchId, parsePayoutId } from './ids.ts';
import type { Payout, PayoutStatus } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import type { RejectedRow } from './rejected-row.ts';

const PARALLEL_READS = 8;

/** A payout as a reader sees it. */
export type ShownPayout = { readonly payout: Payout; readonly status: PayoutStatus };
export type BatchWithChunks = { readonly batch: Batch; readonly chunks: readonly Chunk[]; readonly counts: Counts };

/** A batch with its exact counters: they sum to its total at every read. @throws AppError NOT_FOUND */
export async function readBatch({ batches }: Pick<PayoutDeps, 'batches'>, id: BatchId): Promise<BatchWithChunks> {
  const { batch, chunks } = orNotFound(await batches.readWithChunks(id), `There is no batch ${id}.`);
  const counted = addCounts(chunks.map((chunk) => chunk.counts));
  // During the creation, payouts that are not stored yet are pending.
  const missing = batch.total - chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  return { batch, chunks, counts: { ...counted, pending: counted.pending + missing } };
}

/**
 * The payouts of the request that a batch lacks, because others have their keys.
 * @param stored its chunks, if they were read
 */
export async function readDuplicates(
  { chunks }: PayoutDeps,
  batch: Batch,
  stored?: readonly Chunk[],
): Promise<Duplicate[]> {
  if (!batch.claims) return [];
  const last = batch.total + batch.duplicates;
  const isWhole = ({ number, size }: Chunk) =>
    size === Math.min(batch.chunkSize, last - (number - 1) * batch.chunkSize);
  const read = ({ number }: Chunk) => chunks.readDuplicates(batch.id, number);
  const some = (stored ?? (await chunks.readAll(batch.id))).filter((chunk) => !isWhole(chunk));
  return (await pMap(some, read, { concurrency: PARALLEL_READS })).flat();
}

/** @throws AppError NOT_FOUND */
export async function readPayout({ chunks }: PayoutDeps, id: string): Promise<ShownPayout> {
  const place = parsePayoutId(id);
  const { payout, chunk } = orNotFound(place && (await chunks.readPayout(place)), 'There is no such payout.');
  return { payout, status: shownStatus(payout, chunk) };
}

export type PayoutPage = {
  readonly payouts: readonly ShownPayout[];
  readonly totalCount: number;
  /** Of the next page. */
  readonly cursor?: string | undefined;
};

/**
 * Payouts of a batch in the order of the request. The counters of the chunks give the number of matches before each chunk,
 * so only the chunks of the page are read.
 * @param wanted a page by its number, which counts from 1, or by the cursor of the page before
 * @throws AppError NOT_FOUND, VALIDATION_ERROR
 */
export async function listPayouts(
  deps: PayoutDeps,
  id: BatchId,
  { status, limit, cursor, page = 1 }: PageRequest & { status?: PayoutStatus | undefined; page?: number },
): Promise<PayoutPage> {
  const first = cursor === undefined ? (page - 1) * limit : offsetIn(cursor);
  const { chunks, counts, batch } = await readBatch(deps, id);
  const matching = (chunk: Chunk) => (status === undefined ? chunk.size : chunk.counts[status]);
  const touched: Chunk[] = [];
  let before = 0;
  let skipped = 0;
  for (const chunk of chunks) {
    const here = matching(chunk);
    if (before + here <= first) skipped += here;
    else if (before < first + limit && here > 0) touched.push(chunk);
    before += here;
  }
  const shown = await readShown(deps, touched);
  const wanted = status === undefined ? shown : shown.filter((payout) => payout.status === status);
  const totalCount = status === undefined ? batch.total : counts[status];
  return {
    payouts: wanted.slice(first - skipped, first - skipped + limit),
    totalCount,
    cursor: first + limit < totalCount ? cursorOf(`${first + limit}`) : undefined,
  };
}

/** @throws AppError VALIDATION_ERROR */
function offsetIn(cursor: string): number {
  const position = positionIn(cursor);
  if (/^\d{1,9}$/.test(position)) return Number(position);
  throw unknownCursor();
}

/** A duplicate with the status that the payout with its key has now; null: it is not stored. */
export type ShownDuplicate = { readonly duplicate: Duplicate; readonly status: PayoutStatus | null };
export type WholeBatch = BatchWithChunks & {
  readonly payouts: readonly ShownPayout[];
  readonly duplicates: readonly ShownDuplicate[];
  readonly rejected: readonly RejectedRow[];
};

/** All payouts of a batch in order, and the payouts of its request that it lacks. @throws AppError NOT_FOUND */
export async function readAllPayouts(deps: PayoutDeps, id: BatchId): Promise<WholeBatch> {
  const whole = await readBatch(deps, id);
  const [payouts, duplicates, rejected] = await Promise.all([
    readShown(deps, whole.chunks),
    readDuplicates(deps, whole.batch, whole.chunks),
    rejectedOf(deps, whole.batch),
  ]);
  return { ...whole, payouts, duplicates: await withHolders(deps, duplicates), rejected };
}

/** The invalid entries of the request of a batch, as they were sent. @throws AppError NOT_FOUND */
export async function readRejected(deps: PayoutDeps, id: BatchId): Promise<readonly RejectedRow[]> {
  return rejectedOf(deps, orNotFound(await deps.batches.read(id), `There is no batch ${id}.`));
}

const rejectedOf = async ({ rejected }: PayoutDeps, { id, invalid }: Batch): Promise<readonly RejectedRow[]> =>
  invalid > 0 ? rejected.read(id) : [];

/** Duplicates with what the payouts that have their keys are now. */
export async function withHolders(
  { claims }: Pick<PayoutDeps, 'claims'>,
  duplicates: readonly Duplicate[],
): Promise<ShownDuplicate[]> {
  const holders = await claims.holders(duplicates);
  return duplicates.map((duplicate, index) => ({ duplicate, status: holders[index]?.status ?? null }));
}

async function readShown({ chunks }: PayoutDeps, wanted: readonly Chunk[]): Promise<ShownPayout[]> {
  const read = await pMap(
    wanted,
    async (chunk) => {
      const payouts = await chunks.readPayouts(chunk.batchId, chunk.number);
      return payouts.map((payout) => ({ payout, status: shownStatus(payout, chunk) }));
    },
    { concurrency: PARALLEL_READS },
  );
  return read.flat();
}

/** Headers of batches, newest first. @throws AppError VALIDATION_ERROR if no answer had this cursor */
export function listBatches({ batches }: PayoutDeps, page: BatchPage) {
  return batches.list(page);
}
