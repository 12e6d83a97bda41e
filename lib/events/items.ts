import { createHash } from 'node:crypto';
import type { TransactItem } from '../aws/transact.ts';
import { type Position, positionOf } from './audit.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { DomainEvent } from './event.ts';

type Item = Record<string, unknown>;

/**
 * How events lie in the outbox:
 *
 *     pk EVENT#<id>  sk EVENT          the event, as JSON
 *     gsi1, sparse: WAITING#<0..7>     what has not been published, oldest first; eight partitions, since every payment
 *                                      writes here
 */
export const WAITING_SHARDS = 8;
const PUBLISHED_KEPT_SECONDS = 7 * 24 * 60 * 60;
export const waitingPartition = (shard: number) => `WAITING#${shard}`;

export const eventKey = (id: string) => ({ pk: `EVENT#${id}`, sk: 'EVENT' });

/** The event as part of the transaction that makes it true. */
export function appendToOutbox(table: string, event: DomainEvent): TransactItem {
  return {
    Put: { TableName: table, Item: waitingItem(event), ConditionExpression: 'attribute_not_exists(pk)' },
  };
}

export function waitingItem(event: DomainEvent): Item {
  return { ...waitingKeys(event), event: JSON.stringify(event) };
}

export function waitingKeys({ id, time }: DomainEvent) {
  const shard = (createHash('sha256').update(id).digest()[0] ?? 0) % WAITING_SHARDS;
  return { ...eventKey(id), gsi1pk: waitingPartition(shard), gsi1sk: `${time}#${id}` };
}

/** @param now epoch milliseconds */
export function publishedItem(event: DomainEvent, now: number): Item {
  return {
    ...eventKey(event.id),
    event: JSON.stringify(event),
    published_at: new Date(now).toISOString(),
    expires_at: Math.floor(now / 1_000) + PUBLISHED_KEPT_SECONDS,
  };
}

export function eventOfItem(item: Item): DomainEvent {
  return JSON.parse(item.event as string) as DomainEvent;
}

/**
 * What is counted:
 *
 *     pk COUNTERS   sk <series>  its total, a number: the database adds to it
 *     pk SEEN#<id>  sk SEEN      that an event is counted; kept for longer than a message can come again: it lies in its
 *                                queue for 14 days at most, and as long in the dead-letter queue
 */
export const COUNTERS = 'COUNTERS';
const SEEN_KEPT_SECONDS = 30 * 24 * 60 * 60;

export const counterKey = (series: string) => ({ pk: COUNTERS, sk: series });

/** @param now epoch milliseconds */
export function seenItem(id: string, now: number): Item {
  return { pk: `SEEN#${id}`, sk: 'SEEN', expires_at: Math.floor(now / 1_000) + SEEN_KEPT_SECONDS };
}

/**
 * The audit log:
 *
 *     pk AUDIT#<yyyy-mm-dd>  sk <time>#<id>  the event as it came, as JSON
 *     gsi1: SUBJECT#<subject>, in the same order
 */
export const auditKey = (position: Position) => ({ pk: `AUDIT#${position.slice(0, 10)}`, sk: position });
export const auditIndexKey = (subject: string, position: Position) => ({
  gsi1pk: `SUBJECT#${subject}`,
  gsi1sk: position,
});

export function auditItem(event: CloudEvent): Item {
  const position = positionOf(event);
  return { ...auditKey(position), ...auditIndexKey(event.subject, position), event: JSON.stringify(event) };
}

export function auditedOf(item: Item): CloudEvent {
  return JSON.parse(item.event as string) as CloudEvent;
}
