import { createHash } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import { type Chunk, chunkId, type Part, shardsOf } from './chunk.ts';
import type { Job, JobId } from './job.ts';
import { MerchantTotals } from './merchant-totals.ts';
import type { SettlementDeps } from './ports.ts';
import { net, type Settlement, total } from './settlement.ts';

/** `settled`: now or before. `not_wanted`: the job has ended or is CANCELLING. */
export type ChunkOutcome = 'settled' | 'not_wanted';

/**
 * Settles one day of some shards: adds up the paid transactions by merchant, stores the part of the file, then the
 * settlements and the checkpoint. It can be repeated, also in parallel: only the first checkpoint is written, and the name
 * of a part contains the hash of its content, so that another run cannot replace the part of that checkpoint.
 */
export async function settleChunk(deps: SettlementDeps, id: JobId, chunk: Chunk): Promise<ChunkOutcome> {
  const totals = new MerchantTotals();
  const pages = pagesOf(deps, chunk);
  // It reads the job's status before each page and before the first write.
  for (;;) {
    const state = await deps.jobs.readState(id, chunkId(chunk));
    if (state?.isSettled) return 'settled';
    if (state?.job.status !== 'RUNNING') return 'not_wanted';
    const page = await pages.next();
    if (page.done) return await conclude(deps, state.job, chunk, totals);
    for (const segment of page.value) totals.add(segment);
  }
}

async function* pagesOf(deps: SettlementDeps, chunk: Chunk) {
  for (const shard of shardsOf(chunk)) yield* deps.segments(chunk.day, shard);
}

async function conclude(deps: SettlementDeps, job: Job, chunk: Chunk, totals: MerchantTotals): Promise<'settled'> {
  const settlements = totals.settled.map(
    ([merchantId, sums]): Settlement => ({
      ...sums,
      merchantId,
      day: chunk.day,
      generatedAt: job.createdAt,
      runId: job.id,
    }),
  );
  const part = await storePart(deps, job, chunk, settlements);
  await deps.settlements.record(job.id, settlements, {
    chunk: chunkId(chunk),
    transactions: totals.transactions,
    part,
  });
  return 'settled';
}

async function storePart(
  deps: SettlementDeps,
  job: Job,
  chunk: Chunk,
  settlements: readonly Settlement[],
): Promise<Part> {
  const lines = csvLines(settlements);
  const sha256 = createHash('sha256').update(lines).digest('hex');
  const part = { rows: settlements.length, bytes: Buffer.byteLength(lines), sha256, sums: total(settlements) };
  if (part.rows === 0) return part;
  const key = `${partsOf(job.id)}${chunkId(chunk).replace('#', '-')}-${sha256.slice(0, 16)}.csv`;
  await deps.files.put(key, lines, 'text/csv');
  return { ...part, key };
}

export const filesOf = (id: JobId) => `jobs/${id}/`;
export const partsOf = (id: JobId) => `${filesOf(id)}parts/`;

const COLUMNS = [
  'merchant_id',
  'date',
  'gross_cents',
  'fee_cents',
  'net_cents',
  'txn_count',
  'generated_at',
  'unique_run_id',
] as const;

/** RFC 4180, but for line ends, which are LF. */
export const CSV_HEADER = stringify([COLUMNS]);

/** One line for each settlement, without the header. */
export function csvLines(settlements: readonly Settlement[]): string {
  return stringify(
    settlements.map((settlement) => [
      settlement.merchantId,
      settlement.day,
      `${settlement.gross}`,
      `${settlement.fee}`,
      `${net(settlement)}`,
      settlement.count,
      settlement.generatedAt,
      settlement.runId,
    ]),
  );
}
