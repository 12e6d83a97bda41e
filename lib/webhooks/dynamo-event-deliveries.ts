import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { chunk } from 'es-toolkit';
import { batchGet, queryAll } from '../aws/read.ts';
import { deliveryIdOf } from './delivery.ts';
import type { EndpointId } from './endpoint.ts';
import { deliveryKey, deliveryOf, ENDPOINTS } from './items.ts';
import type { EventDeliveries } from './ports.ts';

const KEYS_PER_CALL = 100;

/** The ids of deliveries follow from the endpoint and the event, so no index is read. */
export function dynamoEventDeliveries(client: DynamoDBDocumentClient, table: string): EventDeliveries {
  return {
    async of(events) {
      if (events.length === 0) return [];
      const endpoints = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :endpoints',
        ExpressionAttributeValues: { ':endpoints': ENDPOINTS },
        ProjectionExpression: 'pk, sk',
      });
      const keys = endpoints.flatMap(({ sk }) =>
        events.map((event) => deliveryKey(deliveryIdOf(sk as EndpointId, event))),
      );
      const read = await Promise.all(chunk(keys, KEYS_PER_CALL).map((some) => batchGet(client, table, some)));
      return read.flat().map(deliveryOf);
    },
  };
}
