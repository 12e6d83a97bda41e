import { createHash } from 'node:crypto';
import { z } from 'zod';
import { putNewItem, type TransactItem } from '../aws/transact.ts';
import { digits, entity, fields, type Item, json, named, text } from '../kernel/codec.ts';
import { type Position, positionOf } from './audit.ts';
import { type CloudEvent, cloudEventSchema } from './cloud-event.ts';
import type { DomainEvent, EventData, EventType } from './event.ts';

/**
 * How events are stored in the outbox:
 *
 *     pk EVENT#<id>  sk EVENT          the event, as JSON
 *     gsi1, sparse: WAITING#<0..7>     unpublished events, oldest first; eight partitions, since every payment writes
 *                                      here
 */
export const WAITING_SHARDS = 8;
const PUBLISHED_KEPT_SECONDS = 7 * 24 * 60 * 60;
export const waitingPartition = (shard: number) => `WAITING#${shard}`;

export const eventKey = (id: string) => ({ pk: `EVENT#${id}`, sk: 'EVENT' });

/** The event as part of the transaction that makes it true. */
export function appendToOutbox(table: string, event: DomainEvent): TransactItem {
  return putNewItem(table, waitingItem(event));
}

/**
 * A published event is written again as it was read, so the schema keeps the fields and types of other versions.
 */
const domainEvent = z.looseObject({
  id: text(),
  type: text<EventType>(),
  source: text(),
  subject: text(),
  time: text(),
  requestId: text().optional(),
  data: z.record(z.string(), z.unknown()) as z.ZodType<EventData>,
}) satisfies z.ZodType<DomainEvent>;

type OutboxItem = { readonly event: DomainEvent; readonly publishedAt?: string; readonly expiresAt?: number };
const outbox = entity(
  fields<OutboxItem>({
    event: json(domainEvent),
    publishedAt: text().optional(),
    expiresAt: z.int().optional(),
  }),
);

export const eventOfItem = (item: Item): DomainEvent => outbox.decode(item).event;

export function waitingItem(event: DomainEvent): Item {
  return { ...waitingKeys(event), ...outbox.encode({ event }) };
}

export function waitingKeys({ id, time }: DomainEvent) {
  const shard = (createHash('sha256').update(id).digest()[0] ?? 0) % WAITING_SHARDS;
  return { ...eventKey(id), gsi1pk: waitingPartition(shard), gsi1sk: `${time}#${id}` };
}

/** @param now epoch milliseconds */
export function publishedItem(event: DomainEvent, now: number): Item {
  const publishedAt = new Date(now).toISOString();
  const expiresAt = Math.floor(now / 1_000) + PUBLISHED_KEPT_SECONDS;
  return { ...eventKey(event.id), ...outbox.encode({ event, publishedAt, expiresAt }) };
}

/** The time of an unpublished event, read from the index alone. */
export const { decode: waitingOf } = entity(
  fields<{ readonly time: string }>({
    time: named(
      'gsi1sk',
      z.codec(z.string(), z.string(), { decode: (place) => place.split('#', 1)[0] ?? '', encode: (time) => time }),
    ),
  }),
);

/**
 * Counters and the events that they have counted:
 *
 *     pk COUNTERS   sk <series>  its total, a number: the database adds to it
 *     pk SEEN#<id>  sk SEEN      an event that was counted. It is kept longer than its message: at most 14 days in the
 *                                queue and 14 days in the dead-letter queue
 */
export const COUNTERS = 'COUNTERS';
const SEEN_KEPT_SECONDS = 30 * 24 * 60 * 60;

export const counterKey = (series: string) => ({ pk: COUNTERS, sk: series });

/** @param item with its total as text: a total may be larger than a float can hold */
export const { decode: counterOf } = entity(
  fields<{ readonly series: string; readonly total: bigint }>({ series: named('sk', text()), total: digits() }),
);

/** @param now epoch milliseconds */
export function seenItem(id: string, now: number): Item {
  return { pk: `SEEN#${id}`, sk: 'SEEN', expires_at: Math.floor(now / 1_000) + SEEN_KEPT_SECONDS };
}

/**
 * The audit log:
 *
 *     pk AUDIT#<yyyy-mm-dd>  sk <time>#<id>  the event as it was received, as JSON
 *     gsi1: SUBJECT#<subject>, in the same order
 */
export const auditKey = (position: Position) => ({ pk: `AUDIT#${position.slice(0, 10)}`, sk: position });
export const auditIndexKey = (subject: string, position: Position) => ({
  gsi1pk: `SUBJECT#${subject}`,
  gsi1sk: position,
});

const audited = entity(fields<{ readonly event: CloudEvent }>({ event: json(cloudEventSchema) }));

export function auditItem(event: CloudEvent): Item {
  const position = positionOf(event);
  return { ...auditKey(position), ...auditIndexKey(event.subject, position), ...audited.encode({ event }) };
}

export const auditedOf = (item: Item): CloudEvent => audited.decode(item).event;
