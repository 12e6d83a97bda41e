import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queryAll } from '../aws/read.ts';
import { putNew } from '../aws/update.ts';
import { dataKeyItem, dataKeyKey, wrappedKeyOf } from './items.ts';
import type { DataKeyStore } from './ports.ts';

/** @param table the system table */
export function dynamoDataKeys(client: DynamoDBDocumentClient, table: string): DataKeyStore {
  return {
    async list(purpose) {
      const { pk, sk } = dataKeyKey(purpose);
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': sk },
        ConsistentRead: true,
      });
      return items.map(wrappedKeyOf);
    },

    async add(purpose, key) {
      const written = await putNew(client, table, dataKeyItem(purpose, key));
      if (written.done || !written.found) return written.done;
      // The SDK repeats a write whose answer was lost. No other process has wrapped the same key.
      return Buffer.compare(wrappedKeyOf(written.found).wrapped, key.wrapped) === 0;
    },
  };
}
