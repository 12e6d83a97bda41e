import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { chunk } from 'es-toolkit';
import { batchGet, getItem, queryAll } from '../aws/read.ts';
import { transactWrite } from '../aws/transact.ts';
import { conditionalPut, putNew } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import { cursorOf, positionIn } from '../kernel/page.ts';
import { DELIVERY_STATUSES, type Delivery, type DeliveryId, type DeliveryStatus } from './delivery.ts';
import type { EndpointId } from './endpoint.ts';
import {
  answerKey,
  attemptOf,
  deliveryIdOfItem,
  deliveryItem,
  deliveryKey,
  deliveryOf,
  listPartition,
  timeOf,
  versionOf,
} from './items.ts';
import type { DeliveryStore } from './ports.ts';

const KEYS_PER_CALL = 100;

export function dynamoDeliveries(
  client: DynamoDBDocumentClient,
  { webhooks: table, events }: { readonly webhooks: string; readonly events: string },
): DeliveryStore {
  async function readMany(ids: readonly DeliveryId[]): Promise<Delivery[]> {
    const calls = chunk(ids, KEYS_PER_CALL).map((some) => batchGet(client, table, some.map(deliveryKey)));
    return (await Promise.all(calls)).flat().map(deliveryOf);
  }

  /** Keys of the index. */
  async function listed(
    id: EndpointId,
    status: DeliveryStatus,
    { limit, before }: { limit: number; before?: string | undefined },
    order: 'oldest' | 'newest',
  ): Promise<Item[]> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'gsi1',
        KeyConditionExpression: before === undefined ? 'gsi1pk = :list' : 'gsi1pk = :list AND gsi1sk < :before',
        ExpressionAttributeValues: {
          ':list': listPartition(id, status),
          ...(before === undefined ? {} : { ':before': before }),
        },
        ScanIndexForward: order === 'oldest',
        Limit: limit,
      }),
    );
    return Items;
  }

  return {
    async read(id) {
      const item = await getItem(client, table, deliveryKey(id));
      return item && deliveryOf(item);
    },

    readMany,

    async insert(delivery) {
      return (await putNew(client, table, deliveryItem(delivery))).done;
    },

    async replace(before, after, { event, answer } = {}) {
      const put = {
        TableName: table,
        Item: deliveryItem(after),
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': versionOf(before) },
      };
      const also = [
        ...(event === undefined ? [] : [appendToOutbox(events, event)]),
        ...(answer === undefined
          ? []
          : [{ Put: { TableName: table, Item: { ...answerKey(after.id, after.attempts.length), text: answer } } }]),
      ];
      const written = also.length === 0 ? conditionalPut(client, put) : transactWrite(client, [{ Put: put }, ...also]);
      return (await written).done;
    },

    async next(id, limit) {
      const items = await listed(id, 'pending', { limit }, 'oldest');
      return items.map((item) => ({ id: deliveryIdOfItem(item), dueAt: timeOf(item) }));
    },

    async list(id, { limit, cursor, status }) {
      const before = cursor === undefined ? undefined : positionIn(cursor);
      const statuses = status === undefined ? DELIVERY_STATUSES : [status];
      const lists = await Promise.all(statuses.map((each) => listed(id, each, { limit: limit + 1, before }, 'newest')));
      const keys = lists.flat().sort((a, b) => (`${a.gsi1sk}` > `${b.gsi1sk}` ? -1 : 1));
      const shown = keys.slice(0, limit);
      const byId = new Map((await readMany(shown.map(deliveryIdOfItem))).map((each) => [each.id, each]));
      const items = shown.flatMap((key) => byId.get(deliveryIdOfItem(key)) ?? []);
      const last = shown.at(-1);
      return keys.length > limit && last ? { items, cursor: cursorOf(`${last.gsi1sk}`) } : { items };
    },

    async answers(id) {
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :delivery AND begins_with(sk, :answer)',
        ExpressionAttributeValues: { ':delivery': deliveryKey(id).pk, ':answer': 'ANSWER#' },
        ConsistentRead: true,
      });
      return new Map(items.map((item) => [attemptOf(item), `${item.text}`]));
    },
  };
}
