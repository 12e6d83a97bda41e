import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { putNewItem, type TransactItem, transactWrite } from '../aws/transact.ts';
import { updateParameters } from '../aws/update.ts';
import { invariant } from '../kernel/errors.ts';
import { addUp, type Count, nameOf, seriesOf } from './counts.ts';
import { COUNTERS, counterKey, counterOf, seenItem } from './items.ts';
import type { Counters } from './ports.ts';

export function dynamoCounters(client: DynamoDBDocumentClient, table: string): Counters {
  /** The condition always holds. The first addition creates the counter. */
  const add = ({ series, by }: Count): TransactItem => ({
    Update: updateParameters(table, counterKey(nameOf(series)), 'attribute_not_exists(expires_at)', {
      add: { total: by },
    }),
  });

  return {
    async add(events, now) {
      let left = events;
      while (left.length > 0) {
        const counts = addUp(left.flatMap((event) => event.counts));
        const seen = left.map(({ id }) => putNewItem(table, seenItem(id, now)));
        const written = await transactWrite(client, [...seen, ...counts.map(add)]);
        if (written.done) break;
        const { refused } = written;
        invariant(refused.size > 0, 'only events that were counted before are refused');
        left = left.filter((_, position) => !refused.has(position));
      }
      return left.map(({ id }) => id);
    },

    /** With the low-level command: the document client converts numbers to floats. */
    async read() {
      const counts: Count[] = [];
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :counters',
            ExpressionAttributeValues: { ':counters': { S: COUNTERS } },
            ConsistentRead: true,
            ExclusiveStartKey,
          }),
        );
        for (const { pk, sk, total } of Items) {
          const counter = counterOf({ pk: pk?.S, sk: sk?.S, total: total?.N });
          counts.push({ series: seriesOf(counter.series), by: counter.total });
        }
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return counts;
    },
  };
}
