import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../aws/read.ts';
import { conditionalUpdate, conditionalUpdateWith } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { PROCESSOR_KEY, processorOf, sweepItem } from './items.ts';
import type { Processor, ProcessorStore } from './ports.ts';

/** Earlier versions counted no changes. */
const unchanged = ({ changes }: Processor) =>
  changes === 0
    ? { condition: 'attribute_not_exists(#changes)', values: {} }
    : { condition: '#changes = :before', values: { ':before': changes } };

export function dynamoProcessor(client: DynamoDBDocumentClient, table: string, eventsTable: string): ProcessorStore {
  return {
    readState: async () => processorOf(await getItem(client, table, PROCESSOR_KEY)),

    async setStopped(before, isStopped, event) {
      const { condition, values } = unchanged(before);
      const set = { stopped: isStopped, changes: before.changes + 1, stopped_at: undefined };
      const write = { table, key: PROCESSOR_KEY, condition, change: { set, values } };
      return (await conditionalUpdateWith(client, write, appendToOutbox(eventsTable, event))).done;
    },

    async recordStopped(before, at) {
      if (!before.isStopped || before.stoppedAt !== undefined) return;
      const { condition, values } = unchanged(before);
      await conditionalUpdate(client, {
        table,
        key: PROCESSOR_KEY,
        condition: `${condition} and attribute_not_exists(#stopped_at)`,
        change: { set: { stopped_at: at }, values },
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
