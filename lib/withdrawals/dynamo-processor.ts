import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../aws/read.ts';
import { conditionalUpdate, conditionalUpdateWith } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { PROCESSOR_KEY, processorOf, sweepItem } from './items.ts';
import type { ProcessorStore } from './ports.ts';

export function dynamoProcessor(client: DynamoDBDocumentClient, table: string, eventsTable: string): ProcessorStore {
  return {
    readState: async () => processorOf(await getItem(client, table, PROCESSOR_KEY)),

    async setStopped({ changes }, isStopped, event) {
      const write = {
        table,
        key: PROCESSOR_KEY,
        condition: changes === 0 ? 'attribute_not_exists(#changes)' : '#changes = :before',
        change: {
          set: { stopped: isStopped, changes: changes + 1, stopped_at: undefined },
          values: changes === 0 ? {} : { ':before': changes },
        },
      };
      return (await conditionalUpdateWith(client, write, appendToOutbox(eventsTable, event))).done;
    },

    async recordStopped({ changes }, at) {
      await conditionalUpdate(client, {
        table,
        key: PROCESSOR_KEY,
        condition: 'stopped = :stopped and #changes = :before and attribute_not_exists(#stopped_at)',
        change: { set: { stopped_at: at }, values: { ':stopped': true, ':before': changes } },
      });
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
