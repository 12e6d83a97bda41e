import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../aws/read.ts';
import { keyKey, keyOf, secretKey, secretOf } from './items.ts';
import type { KeyStore } from './ports.ts';

export function dynamoKeys(client: DynamoDBDocumentClient, table: string): KeyStore {
  return {
    async findByHash(hash) {
      const found = await getItem(client, table, secretKey(hash));
      if (!found) return undefined;
      const secret = secretOf(found);
      const item = await getItem(client, table, keyKey(secret.keyId));
      return item && { key: keyOf(item), secret };
    },
  };
}
