import { z } from 'zod';
import { absentAs, entity, type Fields, fields, flat, sums, text } from '../kernel/codec.ts';
import type { Currency } from '../kernel/money.ts';
import { leaseFields } from '../rail/items.ts';
import { deadLetter } from '../recovery/items.ts';
import { type Chunk, type ChunkTotals, type Counts, isOpen, type Sums } from './chunk.ts';
import type { BatchId } from './ids.ts';
import { chunkKey } from './items.ts';

/** The attributes that each outcome replaces. */
const totalsFields: Fields<ChunkTotals> = {
  counts: flat<Counts>(
    {
      pending: z.int(),
      processing: z.int(),
      completed: z.int(),
      failed: z.int(),
      retrying: z.int(),
      unknown: z.int(),
      cancelled: absentAs(0, z.int()),
      returned: absentAs(0, z.int()),
    },
    { prefix: 'n_' },
  ),
  failedRetryable: z.int(),
  completedAmounts: sums<Currency>(),
  failedAmounts: sums<Currency>(),
  cancelledAmounts: absentAs<Sums>(new Map(), sums<Currency>()),
  returnedAmounts: absentAs<Sums>(new Map(), sums<Currency>()),
};
export const { encode: totalsItem } = entity<ChunkTotals>(fields(totalsFields));

const chunk = fields<Chunk>({
  ...totalsFields,
  batchId: text<BatchId>(),
  number: z.int(),
  size: z.int(),
  run: z.int(),
  rounds: z.int(),
  dueAt: z.number(),
  resentAt: z.number().optional(),
  lease: leaseFields,
  deadLetter: deadLetter.optional(),
});

export const { encode: chunkItem, decode: chunkOf } = entity(chunk, (chunk) => ({
  ...chunkKey(chunk.batchId, chunk.number),
  open: isOpen(chunk),
}));
