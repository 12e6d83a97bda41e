import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../aws/read.ts';
import { conditionalUpdate } from '../aws/update.ts';
import { PROCESSOR_KEY, processorOf, sweepItem } from './items.ts';
import type { ProcessorStore } from './ports.ts';

export function dynamoProcessor(client: DynamoDBDocumentClient, table: string): ProcessorStore {
  return {
    readState: async () => processorOf(await getItem(client, table, PROCESSOR_KEY)),

    async setStopped(isStopped) {
      const { done } = await conditionalUpdate(client, {
        table,
        key: PROCESSOR_KEY,
        condition: isStopped ? 'attribute_not_exists(pk) OR #stopped <> :stopped' : '#stopped <> :stopped',
        change: { set: { stopped: isStopped } },
      });
      return done;
    },

    async recordSweep(before, after) {
      const { done } = await conditionalUpdate(client, {
        table,
        key: PROCESSOR_KEY,
        condition: before ? 'sweep = :before' : 'attribute_not_exists(sweep)',
        change: {
          set: { sweep: sweepItem(after) },
          values: before ? { ':before': sweepItem(before) } : {},
        },
      });
      return done;
    },
  };
}
