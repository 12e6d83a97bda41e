import { z } from 'zod';
import { digits, fields, flat, json, text } from '../kernel/codec.ts';
import type { Currency, Money } from '../kernel/money.ts';
import { type ClaimKey, nameOf } from './claim.ts';
import type { BatchId, PayoutId, PayoutPlace } from './ids.ts';
import type { Cancellation, Returned } from './payout.ts';

/**
 * How batches are stored in DynamoDB:
 *
 *     pk BATCH#<id>         sk BATCH            header
 *     pk BATCH#<id>         sk CHUNK#<0001>     lease, counters
 *     pk BATCH#<id>#<0001>  sk PAYOUT#<000001>  the payout
 *                                               gsi2, sparse, STATUS#<status>#<0..7>: unknown, failed and returned ones, by time
 *     pk BATCH#<id>#<0001>  sk DUPLICATES       payouts of the request that are not stored, because others have their keys
 *     pk BATCH#<id>#REJECTED sk PART#<0001>     invalid entries of the request, encrypted
 *     pk CLAIM#<kind>#<key> sk CLAIM            which payout has a key
 *     pk NOTIFICATION#<id>  sk NOTIFICATION     what the rail says about a payout that it gave back
 *     pk THROUGHPUT         sk <minute>         how many payouts ended in a minute; deleted after some hours
 *
 * Amounts are strings, so that no digit is lost; the database does not compute with them. Accounts and PIX keys are encrypted
 * within the instruction.
 */

export const batchKey = (id: BatchId) => ({ pk: `BATCH#${id}`, sk: 'BATCH' });
export const chunkKey = (id: BatchId, chunk: number) => ({ pk: `BATCH#${id}`, sk: `CHUNK#${pad(chunk, 4)}` });
export const payoutKey = ({ batchId, chunk, position }: PayoutPlace) => ({
  pk: chunkPartition(batchId, chunk),
  sk: `PAYOUT#${pad(position, 6)}`,
});
export const chunkPartition = (id: BatchId, chunk: number) => `BATCH#${id}#${pad(chunk, 4)}`;

export const rejectedKey = (id: BatchId, part: number) => ({ pk: `BATCH#${id}#REJECTED`, sk: `PART#${pad(part, 4)}` });
export const claimKey = (key: ClaimKey) => ({ pk: `CLAIM#${nameOf(key)}`, sk: 'CLAIM' });
export const duplicatesKey = (id: BatchId, chunk: number) => ({ pk: chunkPartition(id, chunk), sk: 'DUPLICATES' });
/** One item: each committed chunk adds to it once, and it takes 1,000 of them a second. */
export const minuteKey = (minute: string) => ({ pk: THROUGHPUT, sk: minute });
export const THROUGHPUT = 'THROUGHPUT';
export const notificationKey = (id: string) => ({ pk: `NOTIFICATION#${id}`, sk: 'NOTIFICATION' });

/** `BATCH#<id>#<0001>` and `PAYOUT#<000001>` are the payout id `<id>.<0001>.<000001>`. */
export function payoutIdOf(pk: string, sk: string): PayoutId {
  return `${pk.slice('BATCH#'.length).replace('#', '.')}.${sk.slice('PAYOUT#'.length)}` as PayoutId;
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

// Fields of several items.
export const moneyFields = flat<Money>({ minor: digits(), currency: text<Currency>() });
export const cancellation = json(fields<Cancellation>({ reason: text(), at: text() }));
export const returned = z.object({ code: z.string(), at: z.string() }) satisfies z.ZodType<Returned>;
