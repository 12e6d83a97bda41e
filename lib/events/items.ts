import { createHash } from 'node:crypto';
import { z } from 'zod';
import { putNewItem, type TransactItem } from '../aws/transact.ts';
import { entity, fields, flat, type Item, json, named, prefixed, sums, text } from '../kernel/codec.ts';
import type { KeyId } from '../kernel/principal.ts';
import { type Position, positionOf } from './audit.ts';
import type { DomainEvent, EventData } from './event.ts';
import type { EventKey } from './ports.ts';
import type { EventType } from './schemas.ts';

/**
 * The event store:
 *
 *     pk SUBJECT#<subject>  sk <time>#<id>       an event
 *     gsi1, sparse: WAITING#<0..63>              events that are not published yet, in the order of sk
 *     gsi2, keys only: DAY#<yyyy-mm-dd>#<0..63>  all events of a day, in the order of sk
 *     pk COUNTERS#<0..15>   sk <unit>#<0..63>    totals of a currency or an asset, one attribute per series
 *
 * An event is never changed but for its publication mark: then it gets `published_at` and leaves gsi1. It is never deleted. It
 * has less than 1 KB unless a client's own texts are long. So to put it costs 4 write units, to mark it 3. The numbers of partitions
 * allow for 20,000 events/s: 625 write units/s in each partition of gsi1 (put and removed), half as many in each of gsi2.
 */
export const WAITING_SHARDS = 64;
export const DAY_SHARDS = 64;
/** Several items in a partition, because transactions conflict when they add to the same item at the same time. */
export const COUNTER_SHARDS = 64;
export const COUNTER_PARTITIONS = 16;

const SUBJECT = 'SUBJECT#';
export const subjectPartition = (subject: string) => `${SUBJECT}${subject}`;
export const waitingPartition = (shard: number) => `WAITING#${shard}`;
export const dayPartition = (day: string, shard: number) => `DAY#${day}#${shard}`;

export const eventKey = (event: Pick<DomainEvent, 'subject' | 'time' | 'id'>) => ({
  pk: subjectPartition(event.subject),
  sk: positionOf(event),
});

/** The position of an event and its subject, which are its key in the table. */
export const keyOfItem = ({ pk, sk }: Item): EventKey => ({
  subject: `${pk}`.slice(SUBJECT.length),
  position: sk as Position,
});
export const itemKey = ({ subject, position }: EventKey) => ({ pk: subjectPartition(subject), sk: position });

/** The event as part of the transaction that makes it true. */
export function appendToOutbox(table: string, event: DomainEvent): TransactItem {
  return putNewItem(table, newEventItem(event));
}

type StoredEvent = Omit<DomainEvent, 'id' | 'time'> & { readonly position: Position; readonly publishedAt?: string };
const stored = entity(
  fields<StoredEvent>({
    subject: named('pk', prefixed(SUBJECT)),
    position: named('sk', text<Position>()),
    type: text<EventType>(),
    source: text(),
    requestId: text().optional(),
    principal: flat({ id: text<KeyId>(), name: text() }, { prefix: 'principal_', optional: true }),
    data: json(z.record(z.string(), z.unknown()) as z.ZodType<EventData>),
    publishedAt: text().optional(),
  }),
);

export function newEventItem(event: DomainEvent): Item {
  const position = positionOf(event);
  const digest = createHash('sha256').update(event.id).digest().readUInt16BE();
  return {
    ...stored.encode({ ...event, position }),
    gsi1pk: waitingPartition(digest % WAITING_SHARDS),
    gsi2pk: dayPartition(position.slice(0, 10), digest % DAY_SHARDS),
  };
}

/** The key of a waiting event in gsi1. */
export function waitingKey(event: DomainEvent): Item {
  const { pk, sk, gsi1pk } = newEventItem(event);
  return { pk, sk, gsi1pk };
}

export function eventOfItem(item: Item): DomainEvent {
  const { position, publishedAt: _, ...event } = stored.decode(item);
  return { ...event, ...partsOf(position) };
}

/** When it was published, if it was. */
export const publishedAtOf = (item: Item): string | undefined => stored.decode(item).publishedAt;

/** A new event of the table's stream, or undefined if the item is something else. */
export function waitingEventOf(item: Item): DomainEvent | undefined {
  return item.gsi1pk === undefined ? undefined : eventOfItem(item);
}

function partsOf(position: Position): { readonly time: string; readonly id: string } {
  const at = position.indexOf('#');
  return { time: position.slice(0, at), id: position.slice(at + 1) };
}

export const counterPartition = (partition: number) => `COUNTERS#${partition}`;
export const counterKey = (unit: string, shard: number) => ({
  pk: counterPartition(shard % COUNTER_PARTITIONS),
  sk: `${unit}#${shard}`,
});

const counters = entity(fields<{ readonly totals: ReadonlyMap<string, bigint> }>({ totals: sums() }));

/**
 * The totals of an item by the name of their series, which is JSON.
 * @param item with its numbers as text: a total may be larger than a float can hold
 */
export function totalsOf({
  pk,
  sk,
  ...totals
}: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, bigint> {
  return counters.decode({ pk, sk, totals }).totals;
}
