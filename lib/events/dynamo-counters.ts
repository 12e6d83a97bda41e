import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { range } from 'es-toolkit';
import type { TransactItem } from '../aws/transact.ts';
import { addUp, type Count, countsOf, nameOf, seriesOf } from './counts.ts';
import type { DomainEvent } from './event.ts';
import { COUNTER_PARTITIONS, counterKey, counterPartition, totalsOf } from './items.ts';
import type { Counters } from './ports.ts';

/** What events add to the counters of a shard: one item per currency or asset, which the first addition creates. */
export function additions(table: string, events: readonly DomainEvent[], shard: number): TransactItem[] {
  const counted = events.flatMap((event) => countsOf(event) ?? []);
  return [...Map.groupBy(counted, ({ unit }) => unit)].map(([unit, those]) => {
    const counts = addUp(those.flatMap(({ counts }) => counts));
    return {
      Update: {
        TableName: table,
        Key: counterKey(unit, shard),
        UpdateExpression: `ADD ${counts.map((_, index) => `#c${index} :c${index}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(counts.map(({ series }, index) => [`#c${index}`, nameOf(series)])),
        ExpressionAttributeValues: Object.fromEntries(counts.map(({ by }, index) => [`:c${index}`, by])),
      },
    };
  });
}

/** With a low-level command, because the document client converts numbers to floats. */
export function dynamoCounters(client: DynamoDBDocumentClient, table: string): Counters {
  async function readPartition(partition: number): Promise<Count[]> {
    const counts: Count[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :counters',
          ExpressionAttributeValues: { ':counters': { S: counterPartition(partition) } },
          ConsistentRead: true,
          ExclusiveStartKey,
        }),
      );
      for (const item of Items) {
        const texts = Object.entries(item).map(([name, value]) => [name, value.N ?? value.S]);
        for (const [name, by] of totalsOf(Object.fromEntries(texts))) counts.push({ series: seriesOf(name), by });
      }
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return counts;
  }

  return {
    async read() {
      const all = (await Promise.all(range(COUNTER_PARTITIONS).map(readPartition))).flat();
      return addUp(all).sort((a, b) => (nameOf(a.series) < nameOf(b.series) ? -1 : 1));
    },
  };
}
