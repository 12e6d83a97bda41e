import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { queryAll } from '../aws/read.ts';
import type { TransactItem } from '../aws/transact.ts';
import { entity, type Fields, fields, type Item, json, named, prefixed, sums, text, trusted } from '../kernel/codec.ts';
import type { Day } from '../kernel/day.ts';
import type { Unit } from '../kernel/money.ts';
import type { KeyId } from '../kernel/principal.ts';
import { type Demand, dayLimitExceeded, type Reservation } from './limits.ts';
import type { LimitStore } from './ports.ts';

/*
 * The limits of keys in the access table:
 *
 *     pk LIMIT#<key id>  sk DAY#<yyyy-mm-dd>#<currency>  what the key has used of a day, as a number
 *     pk LIMIT#<key id>  sk RATE                         its requests per second: dynamo-rates.ts
 *
 * A counter is a number, because the database adds to it: with a condition on a text, each of 50 requests at once would have to
 * read the result of the one before it. DynamoDB adds exactly up to 38 digits, and no counter has more: a limit has at most 38
 * digits (lib/kernel/principal.ts), and a counter is never above its limit.
 */
const DAY = 'DAY#';
const LIMIT = 'LIMIT#';
export const limitPartition = (keyId: KeyId) => `${LIMIT}${keyId}`;
const counterKey = (keyId: KeyId, day: Day, unit: Unit) => ({ pk: limitPartition(keyId), sk: `${DAY}${day}#${unit}` });

/** Counters of past days are kept for so long, for audits. */
const KEPT_DAYS = 90;

/** A reservation as a part of the entity that makes it. */
export const reservationFields: Fields<Reservation> = { keyId: text<KeyId>(), day: text<Day>(), amounts: sums<Unit>() };
export const reservation = fields(reservationFields);
export const reservationAttribute = json(reservation);

type Named = Readonly<Record<string, TransactItem>>;

/** Names of items in a transaction: `limit.IDR`. */
const NAME = 'limit.';

/** The part of a transaction that reserves; nothing without a demand. {@link refuseBeyondLimit} reads its refusal. */
export function reserve(table: string, demand: Demand | undefined): Named {
  if (!demand) return {};
  const { reservation, max } = demand;
  return itemsOf(table, reservation, (unit, amount) => {
    const room = (max.get(unit) ?? 0n) - amount;
    return {
      add: amount,
      // Without room even for the first amount of a day, a counter that does not exist refuses it too.
      ConditionExpression: room < 0n ? '#used <= :room' : 'attribute_not_exists(#used) OR #used <= :room',
      values: { ':room': room },
    };
  });
}

/** The part of a transaction that gives back. It has no condition: the change of the entity is written only once. */
export function giveBack(table: string, reservation: Reservation | undefined): Named {
  return reservation ? itemsOf(table, reservation, (_, amount) => ({ add: -amount })) : {};
}

type Addition = { readonly add: bigint; readonly ConditionExpression?: string; readonly values?: Item };

function itemsOf(table: string, { keyId, day, amounts }: Reservation, of: (unit: Unit, amount: bigint) => Addition) {
  const expires = Math.floor(Date.parse(day) / 1_000) + KEPT_DAYS * 24 * 60 * 60;
  const items = [...amounts].map(([unit, amount]): [string, TransactItem] => {
    const { add, values, ...condition } = of(unit, amount);
    const update = {
      TableName: table,
      Key: counterKey(keyId, day, unit),
      UpdateExpression: 'ADD #used :add SET expires_at = :expires',
      ...condition,
      ExpressionAttributeNames: { '#used': 'used' },
      ExpressionAttributeValues: { ':add': add, ':expires': expires, ...values },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    return [`${NAME}${unit}`, { Update: update }];
  });
  return Object.fromEntries(items);
}

/** @throws AppError LIMIT_EXCEEDED a counter refused the transaction */
export function refuseBeyondLimit(
  refused: ReadonlyMap<string, Item | undefined>,
  demand: Demand | undefined,
): undefined {
  if (!demand) return undefined;
  const units = [...demand.max.keys()].filter((unit) => refused.has(`${NAME}${unit}`));
  if (units.length === 0) return undefined;
  throw dayLimitExceeded(demand, new Map(units.map((unit) => [unit, usedIn(refused.get(`${NAME}${unit}`))])));
}

const usedIn = (counter: Item | undefined) => (counter ? counterOf(counter).used : 0n);

/** What a key has used of its limit of a day. */
export type Counter = {
  readonly keyId: KeyId;
  readonly at: { readonly day: Day; readonly unit: Unit };
  readonly used: bigint;
};

/** The document client reads numbers that a float cannot hold as bigint. */
const count = z.codec(z.union([z.int(), z.bigint()]), z.bigint(), { decode: BigInt, encode: (value) => value });
const dayAndUnit = z.codec(z.string().regex(/^DAY#[^#]+#[^#]+$/), trusted<Counter['at']>(), {
  decode: (sk) => {
    const [, day, unit] = sk.split('#');
    return { day: day as Day, unit: unit as Unit };
  },
  encode: ({ day, unit }) => `${DAY}${day}#${unit}`,
});

export const { decode: counterOf } = entity(
  fields<Counter>({ keyId: named('pk', prefixed<KeyId>(LIMIT)), at: named('sk', dayAndUnit), used: count }),
);

/** Whether an item of the access table is a counter. */
export const isCounter = ({ pk, sk }: Item) => `${pk}`.startsWith(LIMIT) && `${sk}`.startsWith(DAY);

export function dynamoLimits(client: DynamoDBDocumentClient, table: string): LimitStore {
  return {
    async usedOn(keyId, day) {
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :day)',
        ExpressionAttributeValues: { ':pk': limitPartition(keyId), ':day': `${DAY}${day}#` },
        ConsistentRead: true,
      });
      return new Map(items.map(counterOf).map(({ at, used }) => [at.unit, used]));
    },
  };
}
