import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queryAll } from '../aws/read.ts';
import { putNewItem, transactWrite } from '../aws/transact.ts';
import { appendToOutbox } from '../events/items.ts';
import { entity, fields, text } from '../kernel/codec.ts';
import type { Epoch, EpochStore } from './epoch.ts';

/*
 * In the system table:
 *
 *     pk EPOCHS  sk <raised_at>  an epoch. They are few, and never deleted
 */
export const EPOCHS = 'EPOCHS';

const { encode, decode } = entity(
  fields<Epoch>({ raisedAt: text(), until: text(), person: text(), reason: text() }),
  ({ raisedAt }) => ({ pk: EPOCHS, sk: raisedAt }),
);
export const epochOf = decode;

export function dynamoEpochs(
  client: DynamoDBDocumentClient,
  tables: { readonly system: string; readonly events: string },
): EpochStore {
  return {
    async read() {
      const items = await queryAll(client, {
        TableName: tables.system,
        KeyConditionExpression: 'pk = :epochs',
        ExpressionAttributeValues: { ':epochs': EPOCHS },
        ConsistentRead: true,
      });
      return items.map(decode).at(-1);
    },

    async insert(epoch, event) {
      await transactWrite(client, [putNewItem(tables.system, encode(epoch)), appendToOutbox(tables.events, event)]);
    },
  };
}
