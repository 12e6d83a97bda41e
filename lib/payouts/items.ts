import { isEqual } from 'es-toolkit';
import type { Currency, Money } from '../kernel/money.ts';
import { firstReference } from '../rail/index.ts';
import type { Batch } from './batch.ts';
import type { Chunk, Counts, Sums } from './chunk.ts';
import type { BatchId, PayoutId, PayoutPlace } from './ids.ts';
import { PAYOUT_STATUSES, type Payout } from './payout.ts';

/**
 * How batches lie in DynamoDB:
 *
 *     pk BATCH#<id>         sk BATCH            header
 *     pk BATCH#<id>         sk CHUNK#<0001>     lease, counters
 *     pk BATCH#<id>#<0001>  sk PAYOUT#<000001>  the payout
 *
 * Amounts are strings: they are never computed on in the database, and a string cannot lose a digit on the way.
 */
export type Item = Record<string, unknown>;

export const batchKey = (id: BatchId) => ({ pk: `BATCH#${id}`, sk: 'BATCH' });
export const chunkKey = (id: BatchId, chunk: number) => ({ pk: `BATCH#${id}`, sk: `CHUNK#${pad(chunk, 4)}` });
export const payoutKey = ({ batchId, chunk, position }: PayoutPlace) => ({
  pk: chunkPartition(batchId, chunk),
  sk: `PAYOUT#${pad(position, 6)}`,
});
export const chunkPartition = (id: BatchId, chunk: number) => `BATCH#${id}#${pad(chunk, 4)}`;

/** All headers, newest first (gsi1), and those that recovery looks after (gsi2, sparse). */
export const ALL_BATCHES = 'BATCH';

export function batchItem(batch: Batch): Item {
  return {
    ...batchKey(batch.id),
    gsi1pk: ALL_BATCHES,
    gsi1sk: `${batch.createdAt}#${batch.id}`,
    ...(batch.autoStart ? { gsi2pk: ALL_BATCHES, gsi2sk: batch.id } : {}),
    id: batch.id,
    status: batch.status,
    run: batch.run,
    total: batch.total,
    chunk_size: batch.chunkSize,
    chunk_count: batch.chunkCount,
    amounts: sumsItem(batch.amounts),
    digest: batch.digest,
    auto_start: batch.autoStart,
    created_at: batch.createdAt,
    creator_until: batch.creatorUntil,
    dispatched_at: batch.dispatchedAt,
  };
}

export function batchOf(item: Item): Batch {
  const stored = item as {
    id: BatchId;
    status: Batch['status'];
    run: number;
    total: number;
    chunk_size: number;
    chunk_count: number;
    amounts: Record<string, string>;
    digest: string;
    auto_start: boolean;
    created_at: string;
    creator_until: number;
    dispatched_at: number;
    chunks_done?: Set<number>;
    reopening?: boolean;
    started_at?: string;
    finished_at?: string;
  };
  return {
    id: stored.id,
    status: stored.status,
    run: stored.run,
    total: stored.total,
    chunkSize: stored.chunk_size,
    chunkCount: stored.chunk_count,
    amounts: sumsOf(stored.amounts),
    digest: stored.digest,
    autoStart: stored.auto_start,
    createdAt: stored.created_at,
    creatorUntil: stored.creator_until,
    dispatchedAt: stored.dispatched_at,
    chunksDone: stored.chunks_done ?? new Set(),
    reopening: stored.reopening ?? false,
    ...(stored.started_at === undefined ? {} : { startedAt: stored.started_at }),
    ...(stored.finished_at === undefined ? {} : { finishedAt: stored.finished_at }),
  };
}

export function chunkItem(chunk: Chunk): Item {
  return {
    ...chunkKey(chunk.batchId, chunk.number),
    batch_id: chunk.batchId,
    number: chunk.number,
    size: chunk.size,
    run: chunk.run,
    open: true,
    ...totalsItem(chunk),
    rounds: chunk.rounds,
    due_at: chunk.dueAt,
  };
}

export function chunkOf(item: Item): Chunk {
  const stored = item as {
    batch_id: BatchId;
    number: number;
    size: number;
    run: number;
    rounds: number;
    due_at: number;
    failed_retryable: number;
    completed_amounts: Record<string, string>;
    failed_amounts: Record<string, string>;
    lease_owner?: string;
    lease_until?: number;
    resent_at?: number;
    dead_letter?: { at: string; message_id: string; receives: number };
  };
  const { lease_owner: owner, lease_until: until, resent_at: resentAt, dead_letter: dead } = stored;
  return {
    batchId: stored.batch_id,
    number: stored.number,
    size: stored.size,
    run: stored.run,
    rounds: stored.rounds,
    dueAt: stored.due_at,
    counts: Object.fromEntries(PAYOUT_STATUSES.map((status) => [status, item[`n_${status}`]])) as Counts,
    failedRetryable: stored.failed_retryable,
    completedAmounts: sumsOf(stored.completed_amounts),
    failedAmounts: sumsOf(stored.failed_amounts),
    ...(owner === undefined || until === undefined ? {} : { lease: { owner, until } }),
    ...(resentAt === undefined ? {} : { resentAt }),
    ...(dead === undefined ? {} : { deadLetter: { at: dead.at, messageId: dead.message_id, receives: dead.receives } }),
  };
}

/** The attributes that an outcome replaces as a whole. */
export function totalsItem(
  totals: Pick<Chunk, 'counts' | 'failedRetryable' | 'completedAmounts' | 'failedAmounts'>,
): Item {
  return {
    ...Object.fromEntries(PAYOUT_STATUSES.map((status) => [`n_${status}`, totals.counts[status]])),
    failed_retryable: totals.failedRetryable,
    completed_amounts: sumsItem(totals.completedAmounts),
    failed_amounts: sumsItem(totals.failedAmounts),
  };
}

/**
 * A payout as it is first stored. What the caller asked for never changes and is never queried, so it is one JSON string:
 * few attributes make for cheap writes. What follows from the key (id, first reference) is not stored.
 */
export function payoutItem(payout: Payout, place: PayoutPlace): Item {
  const { externalId, payee, money, destination, transactionIds } = payout;
  return {
    ...payoutKey(place),
    instruction: JSON.stringify({
      external_id: externalId,
      payee,
      minor: money.minor.toString(),
      currency: money.currency,
      destination,
      transaction_ids: transactionIds,
    }),
    ...definedOnly(progressItem(payout)),
  };
}

/** The attributes that differ after a change; one that is gone is undefined. */
export function payoutChanges(before: Payout, after: Payout): Item {
  const was = progressItem(before);
  return Object.fromEntries(Object.entries(progressItem(after)).filter(([name, value]) => !isEqual(value, was[name])));
}

function progressItem(payout: Payout): Item {
  return {
    status: payout.status,
    reference: payout.reference === firstReference(payout.id) ? undefined : payout.reference,
    attempts: payout.attempts,
    unanswered: payout.unanswered || undefined,
    failure: 'failure' in payout ? payout.failure : undefined,
    bank_id: 'bankId' in payout ? payout.bankId : undefined,
    updated_at: payout.updatedAt,
  };
}

export function payoutOf(item: Item): Payout {
  const stored = item as {
    pk: string;
    sk: string;
    instruction: string;
    status: Payout['status'];
    attempts: number;
    reference?: string;
    unanswered?: boolean;
    failure?: object;
    bank_id?: string;
    updated_at: string;
  };
  const asked = JSON.parse(stored.instruction) as Pick<Payout, 'payee' | 'destination'> & {
    external_id: string;
    minor: string;
    currency: Currency;
    transaction_ids: string[];
  };
  const id = payoutIdOf(stored);
  const money: Money = { minor: BigInt(asked.minor), currency: asked.currency };
  return {
    id,
    externalId: asked.external_id,
    payee: asked.payee,
    money,
    destination: asked.destination,
    transactionIds: asked.transaction_ids,
    status: stored.status,
    reference: stored.reference ?? firstReference(id),
    attempts: stored.attempts,
    unanswered: stored.unanswered ?? false,
    ...(stored.failure === undefined ? {} : { failure: stored.failure }),
    ...(stored.bank_id === undefined ? {} : { bankId: stored.bank_id }),
    updatedAt: stored.updated_at,
  } as Payout;
}

/** `BATCH#<id>#<0001>` and `PAYOUT#<000001>` are the payout id `<id>.<0001>.<000001>`. */
function payoutIdOf({ pk, sk }: { pk: string; sk: string }): PayoutId {
  return `${pk.slice('BATCH#'.length).replace('#', '.')}.${sk.slice('PAYOUT#'.length)}` as PayoutId;
}

function definedOnly(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}

export function sumsItem(sums: Sums): Record<string, string> {
  return Object.fromEntries([...sums].map(([currency, minor]) => [currency, minor.toString()]));
}

/** In the order of the currencies' codes: the database keeps none. */
function sumsOf(stored: Record<string, string>): Sums {
  const inOrder = Object.entries(stored).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(inOrder.map(([currency, minor]) => [currency as Currency, BigInt(minor)]));
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
