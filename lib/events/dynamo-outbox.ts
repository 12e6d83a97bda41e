import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { range } from 'es-toolkit';
import { batchWrite } from '../aws/batch-write.ts';
import { eventOfItem, publishedItem, WAITING_SHARDS, waitingKeys, waitingOf, waitingPartition } from './items.ts';
import type { Outbox } from './ports.ts';

/** The events of a shard are counted up to this number. */
const MAX_COUNTED = 1_000;

export function dynamoOutbox(client: DynamoDBDocumentClient, table: string): Outbox {
  const shards = range(WAITING_SHARDS);
  return {
    shards,

    async waiting(shard, { before, limit, after }) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'gsi1',
          KeyConditionExpression: 'gsi1pk = :shard AND gsi1sk < :before',
          ExpressionAttributeValues: { ':shard': waitingPartition(shard), ':before': new Date(before).toISOString() },
          Limit: limit,
          ExclusiveStartKey: after && waitingKeys(after),
        }),
      );
      return Items.map(eventOfItem);
    },

    async markPublished(events, now) {
      await batchWrite(
        client,
        table,
        events.map((event) => publishedItem(event, now)),
      );
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
              ProjectionExpression: 'gsi1sk',
              Limit: MAX_COUNTED,
            }),
          );
          return Items.map((item) => waitingOf({ pk: waitingPartition(shard), ...item }).time);
        }),
      );
      const times = each.flat();
      const oldest = each.flatMap((shard) => shard[0] ?? []).sort()[0];
      const countedUpTo = MAX_COUNTED * WAITING_SHARDS;
      return { waiting: times.length, countedUpTo, oldest };
    },
  };
}
