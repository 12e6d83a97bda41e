import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getItem, queryAll } from '../aws/read.ts';
import { putNewItem, transactWrite } from '../aws/transact.ts';
import { conditionalUpdate, deleteItem } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { REPLAYS, replayItem, replayKey, replayOf } from './items.ts';
import type { ReplayStore } from './ports.ts';

export function dynamoReplays(
  client: DynamoDBDocumentClient,
  { webhooks: table, events }: { readonly webhooks: string; readonly events: string },
): ReplayStore {
  return {
    async insert({ kind: _, ...replay }, event) {
      const item = replayItem({ ...replay, at: Date.parse(event.time) });
      await transactWrite(client, [putNewItem(table, item), appendToOutbox(events, event)]);
    },

    async read(replayId) {
      const item = await getItem(client, table, replayKey(replayId));
      return item && replayOf(item);
    },

    async advance(replayId, cursor, at) {
      const isOpen = 'attribute_exists(pk)';
      await conditionalUpdate(client, {
        table,
        key: replayKey(replayId),
        condition: isOpen,
        change: { set: { cursor, at } },
      });
    },

    async remove(replayId) {
      await deleteItem(client, { TableName: table, Key: replayKey(replayId) });
    },

    async open() {
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :replays',
        ExpressionAttributeValues: { ':replays': REPLAYS },
        ConsistentRead: true,
      });
      return items.map(replayOf);
    },
  };
}
