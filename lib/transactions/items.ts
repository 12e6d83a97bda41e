import type { Day } from '../kernel/day.ts';
import { columnsOf, type Segment, type Shard, shardOf } from './segment.ts';
import type { MerchantId, Transaction, TransactionId, TransactionStatus } from './transaction.ts';

/**
 * How transactions lie in DynamoDB:
 *
 *     pk TXN#<id>                    sk TXN                   the row: who knows an id, finds what it stands for
 *     pk DAY#<yyyy-mm-dd>#<shard>    sk <merchant>#<id>       a segment, under the id of its first row
 *
 * A row and its segment are written in one transaction.
 */
export type Item = Record<string, unknown>;

export const rowKey = (id: TransactionId) => ({ pk: `TXN#${id}`, sk: 'TXN' });
export const dayPartition = (day: Day, shard: Shard) => `DAY#${day}#${String(shard).padStart(2, '0')}`;

/** One attribute instead of five: a row is only ever read whole, and DynamoDB writes it in half the time. */
export function rowItem({ id, merchantId, amountCents, feeCents, status, paidAt }: Transaction): Item {
  return { ...rowKey(id), row: JSON.stringify([merchantId, `${amountCents}`, `${feeCents}`, status, paidAt]) };
}

export function rowOf(item: Item): Transaction {
  const [merchantId, amount, fee, status, paidAt] = JSON.parse(item.row as string) as [
    MerchantId,
    string,
    string,
    TransactionStatus,
    number,
  ];
  const id = (item.pk as string).slice('TXN#'.length) as TransactionId;
  return { id, merchantId, amountCents: BigInt(amount), feeCents: BigInt(fee), status, paidAt };
}

export function segmentItem({ day, merchantId, transactions }: Segment): Item {
  const pk = dayPartition(day, shardOf(merchantId));
  return { pk, sk: `${merchantId}#${transactions[0]?.id}`, ...columnsOf(transactions) };
}

/** The merchant that a segment is of. */
export function merchantOf(segmentItem: Item): MerchantId {
  const sk = segmentItem.sk as string;
  return sk.slice(0, sk.indexOf('#')) as MerchantId;
}
