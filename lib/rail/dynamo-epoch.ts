import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../aws/read.ts';
import { entity, fields, text } from '../kernel/codec.ts';
import type { Epoch, EpochStore } from './epoch.ts';

/*
 * In the system table:
 *
 *     pk EPOCH  sk EPOCH  the last epoch that was raised
 */
const EPOCH_KEY = { pk: 'EPOCH', sk: 'EPOCH' };

const { encode, decode } = entity(
  fields<Epoch>({ raisedAt: text(), until: text(), person: text(), reason: text() }),
  () => EPOCH_KEY,
);

export function dynamoEpoch(client: DynamoDBDocumentClient, table: string): EpochStore {
  return {
    async read() {
      const item = await getItem(client, table, EPOCH_KEY);
      return item && decode(item);
    },

    async raise(epoch) {
      await client.send(new PutCommand({ TableName: table, Item: encode(epoch) }));
    },
  };
}
