import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { conditionalUpdate } from '../aws/update.ts';
import { PROCESSOR_KEY, processorOf } from './items.ts';
import type { ProcessorStore } from './ports.ts';

export function dynamoProcessor(client: DynamoDBDocumentClient, table: string): ProcessorStore {
  return {
    async readState() {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: PROCESSOR_KEY, ConsistentRead: true }),
      );
      return processorOf(Item);
    },

    async turn(isStopped) {
      const { done } = await conditionalUpdate(client, {
        table,
        key: PROCESSOR_KEY,
        condition: isStopped ? 'attribute_not_exists(pk) OR #stopped <> :stopped' : '#stopped <> :stopped',
        change: { set: { stopped: isStopped } },
      });
      return done;
    },

    async noteDispatched(now) {
      await conditionalUpdate(client, {
        table,
        key: PROCESSOR_KEY,
        condition: 'attribute_not_exists(dispatched_at) OR dispatched_at < :now',
        change: { set: { dispatched_at: now }, values: { ':now': now } },
      });
    },
  };
}
