import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { newestFirst } from '../aws/listing.ts';
import { deleteItem, replaceItem } from '../aws/update.ts';
import { deniedItem, deniedKey, deniedOf, deniedPartition } from './items.ts';
import type { DenyList } from './ports.ts';

export function dynamoDenyList(client: DynamoDBDocumentClient, table: string): DenyList {
  return {
    async put(denied) {
      return (await replaceItem(client, table, deniedItem(denied))) === undefined;
    },

    async remove(network, address) {
      return (await deleteItem(client, table, deniedKey(network, address))) !== undefined;
    },

    async has(network, address) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: deniedKey(network, address), ConsistentRead: true }),
      );
      return Item !== undefined;
    },

    async list(network, page) {
      const keyOf = (address: string) => deniedKey(network, address);
      const { items, ...rest } = await newestFirst(client, table, deniedPartition(network), page, keyOf);
      return { addresses: items.map(deniedOf), ...rest };
    },
  };
}
