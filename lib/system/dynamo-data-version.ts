import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { DataVersionStore } from './data-version.ts';
import { dataVersionOf, MIGRATIONS_KEY } from './items.ts';

export function dynamoDataVersion(client: DynamoDBDocumentClient, table: string): DataVersionStore {
  return {
    async read() {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: MIGRATIONS_KEY, ConsistentRead: true }),
      );
      return dataVersionOf(Item);
    },
  };
}
