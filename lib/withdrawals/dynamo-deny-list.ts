import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { newestFirst } from '../aws/listing.ts';
import { getItem } from '../aws/read.ts';
import { deniedItem, deniedKey, deniedOf, deniedPartition } from './items.ts';
import type { DenyList } from './ports.ts';

export function dynamoDenyList(client: DynamoDBDocumentClient, table: string): DenyList {
  return {
    async put(denied) {
      const { Attributes } = await client.send(
        new PutCommand({ TableName: table, Item: deniedItem(denied), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes === undefined;
    },

    async remove(network, address) {
      const { Attributes } = await client.send(
        new DeleteCommand({ TableName: table, Key: deniedKey(network, address), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes !== undefined;
    },

    has: async (network, address) => (await getItem(client, table, deniedKey(network, address))) !== undefined,

    list(network, page) {
      const keyOf = (address: string) => deniedKey(network, address);
      const parseId = (text: string) => text || undefined;
      return newestFirst(
        client,
        { table, partition: deniedPartition(network), parseId, keyOf, decode: deniedOf },
        page,
      );
    },
  };
}
