import { hash } from 'node:crypto';
import type { Day } from '../kernel/day.ts';
import {
  type MerchantId,
  settlementDay,
  type Transaction,
  type TransactionId,
  type TransactionStatus,
} from './transaction.ts';

/** All days of a merchant are in one shard, so a reader of (day, shard) sees a merchant's whole day. */
export const SHARDS = 16;

export type Shard = number & { readonly __brand: 'Shard' };

export const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard as Shard);

export function shardOf(merchantId: MerchantId): Shard {
  const [first = 0] = hash('sha256', merchantId, 'buffer');
  return (first % SHARDS) as Shard;
}

/**
 * Rows of one merchant and one day that arrived together, stored a second time as one item beside the rows themselves.
 * Settlement reads segments: a row costs it a few bytes instead of an item.
 */
export type Segment = {
  readonly day: Day;
  readonly merchantId: MerchantId;
  readonly transactions: readonly Transaction[];
};

/** Groups rows by merchant and day. */
export function segmentsOf(transactions: readonly Transaction[], maxRows: number): Segment[] {
  const segments: Segment[] = [];
  const open = new Map<string, Transaction[]>();
  for (const transaction of transactions) {
    const day = settlementDay(transaction);
    const key = `${day}#${transaction.merchantId}`;
    const rows = open.get(key);
    if (rows !== undefined && rows.length < maxRows) {
      rows.push(transaction);
    } else {
      const first = [transaction];
      open.set(key, first);
      segments.push({ day, merchantId: transaction.merchantId, transactions: first });
    }
  }
  return segments;
}

/** A segment's rows by column, each a list with commas, so that a reader transfers only the columns that it needs. */
export type Columns = {
  readonly ids: string;
  readonly amounts: string;
  readonly fees: string;
  /** One letter a row. */
  readonly statuses: string;
  readonly paid_at: string;
};

const LETTERS = { PAID: 'P', FAILED: 'F', REFUNDED: 'R' } as const satisfies Record<TransactionStatus, string>;
const STATUSES = new Map<string, TransactionStatus>(
  Object.entries(LETTERS).map(([status, letter]) => [letter, status as TransactionStatus]),
);

export const PAID = LETTERS.PAID;

export function columnsOf(transactions: readonly Transaction[]): Columns {
  const list = (column: (row: Transaction) => unknown) => transactions.map(column).join(',');
  return {
    ids: list(({ id }) => id),
    amounts: list(({ amountCents }) => amountCents),
    fees: list(({ feeCents }) => feeCents),
    statuses: transactions.map(({ status }) => LETTERS[status]).join(''),
    paid_at: list(({ paidAt }) => paidAt),
  };
}

/** @throws Error if the columns are not of one length */
export function rowsOf(merchantId: MerchantId, columns: Columns): Transaction[] {
  const [ids, amounts, fees, times] = [columns.ids, columns.amounts, columns.fees, columns.paid_at].map((column) =>
    column.split(','),
  ) as [string[], string[], string[], string[]];
  if (new Set([ids.length, amounts.length, fees.length, times.length, columns.statuses.length]).size !== 1) {
    throw new Error(`the columns of the segment that begins with ${ids[0]} differ in length`);
  }
  return ids.map((id, index) => ({
    id: id as TransactionId,
    merchantId,
    amountCents: BigInt(amounts[index] ?? ''),
    feeCents: BigInt(fees[index] ?? ''),
    status: STATUSES.get(columns.statuses[index] ?? '') as TransactionStatus,
    paidAt: Number(times[index]),
  }));
}
