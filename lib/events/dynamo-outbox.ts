import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { chunk, range, uniqBy } from 'es-toolkit';
import { type TransactItem, transactWrite } from '../aws/transact.ts';
import { updateParameters } from '../aws/update.ts';
import { invariant } from '../kernel/errors.ts';
import { MAX_TRANSACTION_ITEMS } from '../kernel/limits.ts';
import { countsOf } from './counts.ts';
import { additions } from './dynamo-counters.ts';
import type { DomainEvent } from './event.ts';
import { COUNTER_SHARDS, eventKey, eventOfItem, WAITING_SHARDS, waitingKey, waitingPartition } from './items.ts';
import type { Outbox } from './ports.ts';

/** The events of a shard are counted up to this number. */
const MAX_COUNTED = 125;

/** @param random from 0 up to and without 1 */
export function dynamoOutbox(client: DynamoDBDocumentClient, table: string, random: () => number): Outbox {
  const shards = range(WAITING_SHARDS);

  /** An event leaves the index of waiting events when it is marked. */
  const mark = (event: DomainEvent, now: number): TransactItem => ({
    Update: updateParameters(table, eventKey(event), 'attribute_exists(gsi1pk)', {
      set: { published_at: new Date(now).toISOString() },
      remove: ['gsi1pk'],
    }),
  });

  /** Another relay may have marked some of the events: these drop out, and their counts with them. */
  async function markAndCount(events: readonly DomainEvent[], now: number): Promise<void> {
    let left = events;
    while (left.length > 0) {
      const marks = left.map((event) => mark(event, now));
      const counts = additions(table, left, Math.floor(random() * COUNTER_SHARDS));
      const written = await transactWrite(client, [...marks, ...counts]);
      if (written.done) return;
      const { refused } = written;
      invariant(refused.size > 0, 'only events that are marked are refused');
      left = left.filter((_, position) => !refused.has(position));
    }
  }

  return {
    shards,

    async waiting(shard, { before, limit, after }) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'gsi1',
          KeyConditionExpression: 'gsi1pk = :shard AND sk < :before',
          ExpressionAttributeValues: { ':shard': waitingPartition(shard), ':before': new Date(before).toISOString() },
          Limit: limit,
          ExclusiveStartKey: after && waitingKey(after),
        }),
      );
      return Items.map(eventOfItem);
    },

    async markPublished(events, now) {
      const units = uniqBy(events, (event) => countsOf(event)?.unit).length;
      // A group of half a transaction has at most as many units as events, so it fits in any case.
      const size = Math.max(MAX_TRANSACTION_ITEMS - units, MAX_TRANSACTION_ITEMS / 2);
      for (const group of chunk(events, size)) await markAndCount(group, now);
    },

    async backlog() {
      const each = await Promise.all(
        shards.map(async (shard) => {
          const { Items = [] } = await client.send(
            new QueryCommand({
              TableName: table,
              IndexName: 'gsi1',
              KeyConditionExpression: 'gsi1pk = :shard',
              ExpressionAttributeValues: { ':shard': waitingPartition(shard) },
              Limit: MAX_COUNTED,
            }),
          );
          return Items.map((item) => eventOfItem(item).time);
        }),
      );
      const times = each.flat();
      const oldest = each.flatMap((shard) => shard[0] ?? []).sort()[0];
      return { waiting: times.length, countedUpTo: MAX_COUNTED * WAITING_SHARDS, oldest };
    },
  };
}
