import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { sum } from 'es-toolkit';
import { queryAll } from '../aws/read.ts';
import type { EndpointId } from './endpoint.ts';
import { ENDPOINTS, listPartition } from './items.ts';

/** The most failed deliveries of an endpoint that are counted. */
const MOST_COUNTED = 100;

/** The deliveries of all endpoints, for a reader that may not decrypt their secrets. */
export function dynamoDeliveryBacklog(client: DynamoDBDocumentClient, table: string) {
  const endpoints = async () => {
    const items = await queryAll(client, {
      TableName: table,
      KeyConditionExpression: 'pk = :endpoints',
      ExpressionAttributeValues: { ':endpoints': ENDPOINTS },
      ProjectionExpression: 'sk, enabled',
    });
    return items.map(({ sk, enabled }) => ({ id: sk as EndpointId, enabled: enabled === true }));
  };
  const query = (partition: string, upTo: string, limit: number) =>
    client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'gsi1',
        KeyConditionExpression: 'gsi1pk = :list AND gsi1sk < :up_to',
        ExpressionAttributeValues: { ':list': partition, ':up_to': upTo },
        Limit: limit,
      }),
    );

  return {
    /** The oldest delivery to an enabled endpoint that is due. `since`: ISO 8601 UTC */
    async oldestDue(now: number): Promise<{ readonly since: string; readonly id: string } | undefined> {
      const enabled = (await endpoints()).filter((endpoint) => endpoint.enabled);
      const upTo = `${new Date(now).toISOString()}~`;
      const first = await Promise.all(enabled.map(({ id }) => query(listPartition(id, 'pending'), upTo, 1)));
      const [oldest] = first.flatMap(({ Items = [] }) => Items.map(({ gsi1sk }) => `${gsi1sk}`)).sort();
      const [since = '', id = ''] = oldest?.split('#', 2) ?? [];
      return oldest === undefined ? undefined : { since, id };
    },

    /** Deliveries whose last attempt has failed. */
    async countFailed() {
      const failed = (await endpoints()).map(({ id }) => query(listPartition(id, 'failed'), '~', MOST_COUNTED));
      const lists = await Promise.all(failed);
      return {
        count: sum(lists.map(({ Count = 0 }) => Count)),
        isWhole: lists.every(({ LastEvaluatedKey }) => LastEvaluatedKey === undefined),
      };
    },
  };
}
