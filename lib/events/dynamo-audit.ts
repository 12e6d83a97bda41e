import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { chunk, range } from 'es-toolkit';
import { batchGet } from '../aws/read.ts';
import { firstOfShards } from '../aws/shards.ts';
import { type Item, StoredItemError } from '../kernel/codec.ts';
import type { TimeRange } from './audit.ts';
import { cloudEvent } from './cloud-event.ts';
import { DAY_SHARDS, dayPartition, eventOfItem, itemKey, keyOfItem, publishedAtOf, subjectPartition } from './items.ts';
import type { AuditLog } from './ports.ts';

const KEYS_PER_CALL = 100;

const bySortKey = (a: Item, b: Item) => (`${a.sk}` < `${b.sk}` ? -1 : 1);
const auditedOf = (item: Item) => cloudEvent(eventOfItem(item));

function readable(item: Item) {
  try {
    return { event: auditedOf(item) };
  } catch (error) {
    if (error instanceof StoredItemError) return {};
    throw error;
  }
}

export function dynamoAudit(client: DynamoDBDocumentClient, table: string): AuditLog {
  /** The events of a partition in a range. BETWEEN includes `to`, but no position equals a time: it has an id too. */
  const query = (name: 'pk' | 'gsi2pk', partition: string, { from, to, after }: TimeRange): QueryCommandInput => ({
    TableName: table,
    ...(name === 'pk' ? { ConsistentRead: true } : { IndexName: 'gsi2' }),
    KeyConditionExpression: `${name} = :partition AND sk BETWEEN :from AND :to`,
    ExpressionAttributeValues: { ':partition': partition, ':from': after ?? from, ':to': to },
  });

  /** The first keys of a day, in order. */
  async function keysOfDay(day: string, timeRange: TimeRange, limit: number): Promise<Item[]> {
    const shards = range(DAY_SHARDS).map((shard) => query('gsi2pk', dayPartition(day, shard), timeRange));
    const keys = await firstOfShards(client, shards, 'sk', limit + 1); // one of them may be `after`
    return keys.filter(({ sk }) => sk !== timeRange.after).slice(0, limit);
  }

  /** In order. */
  async function itemsOf(keys: readonly Item[]): Promise<Item[]> {
    const calls = chunk(keys, KEYS_PER_CALL).map((some) =>
      batchGet(
        client,
        table,
        some.map(({ pk, sk }) => ({ pk, sk })),
      ),
    );
    return (await Promise.all(calls)).flat().sort(bySortKey);
  }

  async function itemsOfSubject(subject: string, timeRange: TimeRange, limit: number): Promise<Item[]> {
    const items: Item[] = [];
    const wanted = query('pk', subjectPartition(subject), timeRange);
    for await (const { Items = [] } of paginateQuery({ client, pageSize: limit + 1 }, wanted)) {
      items.push(...Items.filter(({ sk }) => sk !== timeRange.after));
      if (items.length >= limit) break;
    }
    return items.slice(0, limit);
  }

  return {
    ofDay: async (day, timeRange, limit) => (await itemsOf(await keysOfDay(day, timeRange, limit))).map(auditedOf),
    keysOfDay: async (day, timeRange, limit) => (await keysOfDay(day, timeRange, limit)).map(keyOfItem),

    async byKeys(keys) {
      const items = await itemsOf(keys.map(itemKey));
      return items.map((item) => ({ key: keyOfItem(item), ...readable(item) }));
    },

    ofSubject: async (subject, timeRange, limit) => (await itemsOfSubject(subject, timeRange, limit)).map(auditedOf),

    async recordsOf(subject, timeRange, limit) {
      const items = await itemsOfSubject(subject, timeRange, limit);
      return items.map((item) => ({ event: auditedOf(item), publishedAt: publishedAtOf(item) }));
    },
  };
}
