import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { PositionStore } from './ports.ts';

const keyOf = (recovery: string) => ({ pk: 'RECOVERY', sk: recovery });
const itemSchema = z.object({ begun: z.string() }).optional();

/** In the system table. Runs at the same time overwrite each other's position, which costs at most repeated work. */
export function dynamoPositions(client: DynamoDBDocumentClient, table: string): PositionStore {
  return {
    async read(recovery) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(recovery) }));
      return itemSchema.parse(Item)?.begun;
    },

    async write(recovery, id) {
      await client.send(new PutCommand({ TableName: table, Item: { ...keyOf(recovery), begun: id } }));
    },
  };
}
