import { z } from 'zod';
import { digits, entity, fields, flat, json, named, text } from '../kernel/codec.ts';
import type { Day } from '../kernel/day.ts';
import { type MerchantId, shardOf } from '../transactions/index.ts';
import { dayInKey, dayPartition } from '../transactions/items.ts';
import type { Checkpoint, ChunkId, Part } from './chunk.ts';
import {
  type Cancellation,
  FAILURES,
  isFinished,
  JOB_STATUSES,
  type Job,
  type JobFailure,
  type JobId,
  type Outcome,
} from './job.ts';
import { checksum, net, type Settlement, type Sums } from './settlement.ts';

/**
 * How settlement is stored in DynamoDB:
 *
 *     pk JOB#<id>                    sk JOB                     the job
 *     pk JOB#<id>                    sk CHUNK#<day>#<shards>    checkpoint of a chunk
 *     pk DAY#<yyyy-mm-dd>#<shard>    sk <merchant>              settlement of a merchant's day
 */
export const CHECKPOINTS = 'CHUNK#';
export const jobKey = (id: JobId) => ({ pk: `JOB#${id}`, sk: 'JOB' });
export const checkpointKey = (id: JobId, chunk: ChunkId) => ({ pk: `JOB#${id}`, sk: `${CHECKPOINTS}${chunk}` });
export const settlementKey = ({ day, merchantId }: Pick<Settlement, 'day' | 'merchantId'>) => ({
  pk: dayPartition(day, shardOf(merchantId)),
  sk: merchantId,
});

/** All jobs, newest first (gsi1), and those that are not finished (gsi2, sparse). */
export const ALL_JOBS = 'JOB';

const results = {
  startedAt: text().optional(),
  finishedAt: text().optional(),
  outcome: z
    .object({ file: z.string(), manifest: z.string(), sha256: z.string(), bytes: z.int(), rows: z.int() })
    .optional(),
  failure: z.object({ code: z.enum(FAILURES), message: z.string() }).optional(),
  cancellation: z.object({ at: z.string(), reason: z.string().exactOptional() }).optional(),
} satisfies {
  outcome: z.ZodType<Outcome | undefined>;
  failure: z.ZodType<JobFailure | undefined>;
  cancellation: z.ZodType<Cancellation | undefined>;
  [more: string]: unknown;
};

/** The attributes that a move of the job sets. */
export const { encode: jobResults } = entity(
  fields<Pick<Job, 'startedAt' | 'finishedAt' | 'outcome' | 'failure' | 'cancellation'>>(results),
);

export const { encode: jobItem, decode: jobOf } = entity(
  fields<Job>({
    id: text<JobId>(),
    status: z.enum(JOB_STATUSES),
    from: text<Day>(),
    to: text<Day>(),
    shardsPerChunk: z.int().default(1), // before migration 1
    createdAt: text(),
    ...results,
  }),
  (job) => ({
    ...jobKey(job.id),
    gsi1pk: ALL_JOBS,
    gsi1sk: `${job.createdAt}#${job.id}`,
    ...(isFinished(job.status) ? {} : { gsi2pk: ALL_JOBS, gsi2sk: job.id }),
  }),
);

/** Before migration 1 a chunk was of one shard and named it once: `<day>#04`, now `<day>#04-04`. */
const chunkInKey = z.codec(z.string().startsWith(CHECKPOINTS), text<ChunkId>(), {
  decode: (sk) => sk.slice(CHECKPOINTS.length).replace(/#(\d\d)$/, '#$1-$1') as ChunkId,
  encode: (chunk) => CHECKPOINTS + chunk,
});

const checkpoint = entity(
  fields<Checkpoint>({
    chunk: named('sk', chunkInKey),
    transactions: z.int(),
    part: json(
      fields<Part>({
        key: text().optional(),
        rows: z.int(),
        bytes: z.int(),
        sha256: text(),
        sums: flat<Sums>({ gross: digits(), fee: digits(), count: z.int() }),
      }),
    ),
  }),
);
export const checkpointOf = checkpoint.decode;
export const checkpointItem = (id: JobId, of: Checkpoint) => ({
  ...checkpoint.encode(of),
  ...checkpointKey(id, of.chunk),
});

/** What progress needs of a checkpoint. */
export const { decode: checkpointCountOf } = entity(
  fields<Pick<Checkpoint, 'transactions'>>({ transactions: z.int() }),
);

export const { encode: settlementItem, decode: settlementOf } = entity(
  fields<Settlement>({
    merchantId: named('sk', text<MerchantId>()),
    day: named('pk', dayInKey),
    gross: digits(),
    fee: digits(),
    count: named('txns', z.int()),
    generatedAt: text(),
    runId: text<JobId>(),
  }),
  (settlement) => ({
    ...settlementKey(settlement),
    net: `${net(settlement)}`,
    checksum: checksum(settlement),
  }),
);
