import { pick } from 'es-toolkit';
import { z } from 'zod';
import type { Reservation } from '../access/index.ts';
import { approvalNeed, reservation, reservationFields } from '../access/items.ts';
import { absentAs, entity, type Fields, fields, json, sums, text, trusted } from '../kernel/codec.ts';
import type { Currency } from '../kernel/money.ts';
import { BATCH_STATUSES, type Batch, type BatchState, type RunReservation } from './batch.ts';
import type { Counts } from './chunk.ts';
import type { BatchId } from './ids.ts';
import { batchKey, cancellation } from './items.ts';
import type { Cancellation } from './payout.ts';

/** All headers, newest first (gsi1), and those that may need recovery (gsi2, sparse). */
export const ALL_BATCHES = 'BATCH';
/** In gsi2: those that start by themselves, by their time. */
export const SCHEDULED_BATCHES = 'SCHEDULED';
export const scheduleIndex = ({ id, startAt }: Pick<Batch, 'id' | 'startAt'>) => ({
  gsi2pk: SCHEDULED_BATCHES,
  gsi2sk: `${startAt}#${id}`,
});

const runReservation = json(fields<RunReservation>({ ...reservationFields, paidBefore: sums<Currency>() }));
const finalCounts = json(trusted<Counts>());

const batchFields: Fields<Batch> = {
  id: text<BatchId>(),
  status: z.enum(BATCH_STATUSES),
  run: z.int(),
  total: z.int(),
  chunkSize: z.int(),
  chunkCount: z.int(),
  amounts: sums<Currency>(),
  digest: text(),
  autoStart: z.boolean(),
  upload: text().optional(),
  uploadOrder: z.int().optional(),
  approval: approvalNeed.optional(),
  startAt: text().optional(),
  scheduledAt: text().optional(),
  reschedules: absentAs(0, z.int()),
  startedLateSeconds: z.int().optional(),
  approvedAt: text().optional(),
  createdAt: text(),
  creatorUntil: z.number(),
  dispatchedAt: z.number(),
  claims: absentAs(false, z.boolean()),
  duplicates: absentAs(0, z.int()),
  invalid: absentAs(0, z.int()),
  chunksDone: absentAs<ReadonlySet<number>>(new Set(), z.set(z.int())),
  reopening: absentAs(false, z.boolean()),
  reopeningCodes: z.set(z.string()).optional(),
  cancellation: cancellation.optional(),
  cancels: absentAs(0, z.int()),
  startedAt: text().optional(),
  finishedAt: text().optional(),
  finalCounts: finalCounts.optional(),
  reservation: runReservation.optional(),
  spent: absentAs<readonly Reservation[]>([], json(z.array(reservation))),
};

/** The attribute that the begin of a run replaces, and the one that its end replaces. */
export const { encode: reservationItem } = entity(
  fields<{ readonly reservation: RunReservation }>({ reservation: runReservation }),
);
/** The attributes that the end of the creation replaces. */
export const { encode: amountsItem } = entity<Pick<Batch, 'total' | 'amounts' | 'duplicates' | 'chunksDone'>>(
  fields(pick(batchFields, ['total', 'amounts', 'duplicates', 'chunksDone'])),
);
export const { encode: finalCountsItem } = entity(
  fields<{ readonly finalCounts?: Counts | undefined }>({ finalCounts: finalCounts.optional() }),
);
export const { encode: spentItem } = entity<Pick<Batch, 'spent'>>(fields(pick(batchFields, ['spent'])));

export const { encode: batchItem, decode: batchOf } = entity(fields(batchFields), (batch) => ({
  ...batchKey(batch.id),
  gsi1pk: ALL_BATCHES,
  gsi1sk: `${batch.createdAt}#${batch.id}`,
  ...((batch.autoStart && !batch.approval && batch.startAt === undefined) || batch.claims
    ? { gsi2pk: ALL_BATCHES, gsi2sk: batch.id }
    : {}),
}));

/** The attribute that a cancel replaces. */
export const { encode: cancellationItem } = entity(fields<{ readonly cancellation: Cancellation }>({ cancellation }));

/** The attributes that decide whether work on a batch may continue. */
export const { decode: batchStateOf } = entity<BatchState>(
  fields(pick(batchFields, ['status', 'run', 'cancels', 'createdAt'])),
);
