import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventOfItem } from '../../lib/events/items.ts';
import { itemsOf } from './database.ts';

/** All events of an event store, published or not, in the order of their ids. */
export async function eventsOf(client: DynamoDBDocumentClient, table: string): Promise<DomainEvent[]> {
  const items = (await itemsOf(client, table)).filter(({ pk }) => `${pk}`.startsWith('SUBJECT#'));
  return items.map(eventOfItem).sort((a, b) => (a.id < b.id ? -1 : 1));
}
