import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../aws/read.ts';
import type { DataVersionStore } from './data-version.ts';
import { dataVersionOf, MIGRATIONS_KEY } from './items.ts';

export function dynamoDataVersion(client: DynamoDBDocumentClient, table: string): DataVersionStore {
  return { read: async () => dataVersionOf(await getItem(client, table, MIGRATIONS_KEY)) };
}
