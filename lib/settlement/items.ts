import type { Day } from '../kernel/day.ts';
import { type MerchantId, type Shard, shardOf } from '../transactions/index.ts';
import { type Checkpoint, type ChunkId, twoDigits } from './chunk.ts';
import { isFinished, type Job, type JobFailure, type JobId, type JobStatus, type Outcome } from './job.ts';
import { checksum, net, type Settlement } from './settlement.ts';

/**
 * How settlement lies in DynamoDB:
 *
 *     pk JOB#<id>                    sk JOB                     the job
 *     pk JOB#<id>                    sk CHUNK#<day>#<shards>    checkpoint of a chunk
 *     pk DAY#<yyyy-mm-dd>#<shard>    sk <merchant>              settlement of a merchant's day
 *
 * Sums are strings: they are never computed on in the database, and a string cannot lose a digit on the way.
 */
export type Item = Record<string, unknown>;

const CHUNK = 'CHUNK#';
export const jobKey = (id: JobId) => ({ pk: `JOB#${id}`, sk: 'JOB' });
export const checkpointKey = (id: JobId, chunk: ChunkId) => ({ pk: `JOB#${id}`, sk: `${CHUNK}${chunk}` });
export const CHECKPOINTS = CHUNK;
export const dayPartition = (day: Day, shard: Shard) => `DAY#${day}#${twoDigits(shard)}`;

/** All jobs, newest first (gsi1), and those that are not finished (gsi2, sparse). */
export const ALL_JOBS = 'JOB';

export function jobItem(job: Job): Item {
  return {
    ...jobKey(job.id),
    gsi1pk: ALL_JOBS,
    gsi1sk: `${job.createdAt}#${job.id}`,
    ...(isFinished(job.status) ? {} : { gsi2pk: ALL_JOBS, gsi2sk: job.id }),
    id: job.id,
    status: job.status,
    from: job.from,
    to: job.to,
    shards_per_chunk: job.shardsPerChunk,
    created_at: job.createdAt,
  };
}

export function jobOf(item: Item): Job {
  const stored = item as {
    id: JobId;
    status: JobStatus;
    from: Day;
    to: Day;
    shards_per_chunk?: number;
    created_at: string;
    started_at?: string;
    finished_at?: string;
    outcome?: Outcome;
    failure?: JobFailure;
  };
  return {
    id: stored.id,
    status: stored.status,
    from: stored.from,
    to: stored.to,
    shardsPerChunk: stored.shards_per_chunk ?? 1, // before migration 1
    createdAt: stored.created_at,
    ...(stored.started_at === undefined ? {} : { startedAt: stored.started_at }),
    ...(stored.finished_at === undefined ? {} : { finishedAt: stored.finished_at }),
    ...(stored.outcome === undefined ? {} : { outcome: stored.outcome }),
    ...(stored.failure === undefined ? {} : { failure: stored.failure }),
  };
}

export function checkpointItem(id: JobId, { chunk, transactions, part }: Checkpoint): Item {
  const { key, rows, bytes, sha256, sums } = part;
  return {
    ...checkpointKey(id, chunk),
    transactions,
    part: JSON.stringify({ key, rows, bytes, sha256, gross: `${sums.gross}`, fee: `${sums.fee}`, count: sums.count }),
  };
}

export function checkpointOf(item: Item): Checkpoint {
  const { gross, fee, count, ...part } = JSON.parse(item.part as string);
  return {
    chunk: chunkOf(item.sk as string),
    transactions: item.transactions as number,
    part: { ...part, sums: { gross: BigInt(gross), fee: BigInt(fee), count } },
  };
}

/** Before migration 1 a chunk was of one shard and said so once: `<day>#04`, now `<day>#04-04`. */
function chunkOf(sk: string): ChunkId {
  return sk.slice(CHUNK.length).replace(/#(\d\d)$/, '#$1-$1') as ChunkId;
}

export function settlementItem(settlement: Settlement): Item {
  return {
    pk: dayPartition(settlement.day, shardOf(settlement.merchantId)),
    sk: settlement.merchantId,
    gross: `${settlement.gross}`,
    fee: `${settlement.fee}`,
    net: `${net(settlement)}`,
    txns: settlement.count,
    generated_at: settlement.generatedAt,
    run_id: settlement.runId,
    checksum: checksum(settlement),
  };
}

export function settlementOf(item: Item): Settlement {
  const stored = item as Record<'pk' | 'sk' | 'gross' | 'fee' | 'generated_at' | 'run_id', string> & { txns: number };
  return {
    merchantId: stored.sk as MerchantId,
    day: stored.pk.split('#')[1] as Day,
    gross: BigInt(stored.gross),
    fee: BigInt(stored.fee),
    count: stored.txns,
    generatedAt: stored.generated_at,
    runId: stored.run_id as JobId,
  };
}
