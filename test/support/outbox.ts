import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventOfItem } from '../../lib/events/items.ts';
import { itemsOf } from './database.ts';

/** All events of an outbox, published or not, in the order of their ids. */
export async function eventsOf(client: DynamoDBDocumentClient, outbox: string): Promise<DomainEvent[]> {
  const events = (await itemsOf(client, outbox)).map(eventOfItem);
  return events.sort((a, b) => (a.id < b.id ? -1 : 1));
}
