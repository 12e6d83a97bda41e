import { pick } from 'es-toolkit';
import { z } from 'zod';
import { entity, type Fields, fields, json, named, prefixed, text, trusted, wholeNumber } from '../kernel/codec.ts';
import { type Day, parseDay } from '../kernel/day.ts';
import { type Columns, columnsOf, rowsOf, type Segment, type Shard, shardOf } from './segment.ts';
import {
  type MerchantId,
  TRANSACTION_STATUSES,
  type Transaction,
  type TransactionId,
  type TransactionStatus,
} from './transaction.ts';

/**
 * How transactions are stored in DynamoDB:
 *
 *     pk TXN#<id>                    sk TXN                   the row: finds a transaction by its id
 *     pk DAY#<yyyy-mm-dd>#<shard>    sk <merchant>#<id>       a segment, under the id of its first row
 *
 * A row and its segment are written in one transaction.
 */
const ROW = 'TXN#';
export const rowKey = (id: TransactionId) => ({ pk: `${ROW}${id}`, sk: 'TXN' });
export const dayPartition = (day: Day, shard: Shard) => `DAY#${day}#${String(shard).padStart(2, '0')}`;

/** One attribute instead of five: a row is only ever read whole, and DynamoDB writes it in half the time. */
type StoredRow = readonly [MerchantId, amountCents: string, feeCents: string, TransactionStatus, paidAt: number];
const storedRow = z.tuple([text<MerchantId>(), wholeNumber(), wholeNumber(), z.enum(TRANSACTION_STATUSES), z.number()]);

export const { encode: rowItem, decode: rowOf } = entity<Transaction>(
  z.codec(
    fields<{ id: TransactionId; row: StoredRow }>({
      id: named('pk', prefixed<TransactionId>(ROW)),
      row: json(storedRow),
    }),
    trusted<Transaction>(),
    {
      decode: ({ id, row: [merchantId, amount, fee, status, paidAt] }) => ({
        ...{ id, merchantId, amountCents: BigInt(amount), feeCents: BigInt(fee), status, paidAt },
      }),
      encode: ({ id, merchantId, amountCents, feeCents, status, paidAt }) => ({
        ...{ id, row: [merchantId, `${amountCents}`, `${feeCents}`, status, paidAt] as const },
      }),
    },
  ),
  ({ id }) => rowKey(id),
);

/** The day of a partition, in `pk`. */
export const dayInKey = z.codec(z.string(), z.string().refine(isDay, 'expected a day'), {
  decode: (pk) => pk.split('#')[1] ?? '',
  encode: (day) => day,
});

function isDay(text: string): text is Day {
  return parseDay(text) !== undefined;
}

/** A column of whole numbers, not split: most readers need few of them. */
const numbers = () => z.string().regex(/^\d+(,\d+)*$/, 'expected whole numbers between commas');

const segmentFields: Fields<Columns & Pick<Segment, 'day' | 'merchantId'>> = {
  day: named('pk', dayInKey),
  merchantId: named(
    'sk',
    z.codec(z.string(), text<MerchantId>(), {
      decode: (sk) => sk.slice(0, sk.indexOf('#')) as MerchantId,
      encode: (merchantId) => merchantId,
    }),
  ),
  ids: text(),
  amounts: numbers(),
  fees: numbers(),
  statuses: z.string().regex(/^[PFR]+$/, 'expected the letters P, F and R'),
  paid_at: numbers(),
};

export const { encode: segmentItem, decode: segmentOf } = entity<Segment>(
  z.codec(fields(segmentFields), trusted<Segment>(), {
    decode({ day, merchantId, ...columns }, { issues }) {
      try {
        return { day, merchantId, transactions: rowsOf(merchantId, columns) };
      } catch (error) {
        issues.push({ code: 'custom', message: `${error}`, input: columns });
        return z.NEVER;
      }
    },
    encode: ({ day, merchantId, transactions }) => ({ day, merchantId, ...columnsOf(transactions) }),
  }),
  ({ day, merchantId, transactions }) => ({
    pk: dayPartition(day, shardOf(merchantId)),
    sk: `${merchantId}#${transactions[0]?.id}`,
  }),
);

/** The columns that are added up for a settlement. */
const SETTLED = ['merchantId', 'statuses', 'amounts', 'fees'] as const;
export const SETTLED_ATTRIBUTES = 'sk, statuses, amounts, fees';
export const { decode: settledColumnsOf } = entity<Pick<Columns & Segment, (typeof SETTLED)[number]>>(
  fields(pick(segmentFields, [...SETTLED])),
);
