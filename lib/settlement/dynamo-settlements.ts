import { type DynamoDBDocumentClient, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { chunk as inChunks } from 'es-toolkit';
import { pMapIterable } from 'p-map';
import { batchGet } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWrite } from '../aws/transact.ts';
import { MAX_TRANSACTION_ITEMS } from '../kernel/limits.ts';
import type { MerchantId } from '../transactions/index.ts';
import { dayPartition, SETTLED_ATTRIBUTES, settledColumnsOf } from '../transactions/items.ts';
import type { Checkpoint } from './chunk.ts';
import { checkpointItem, settlementItem, settlementKey, settlementOf } from './items.ts';
import type { JobId } from './job.ts';
import type { Place, ReadSegments, SettlementStore } from './ports.ts';
import type { Settlement } from './settlement.ts';

/** Partitions that a list reads ahead. */
const AHEAD = 16;

export function dynamoSettlements(client: DynamoDBDocumentClient, table: string): SettlementStore {
  /** Writes in one transaction, without the settlements that a later job has replaced. */
  async function write(settlements: readonly Settlement[], last: readonly TransactItem[]): Promise<void> {
    const items = [...settlements.map(putUnlessLater), ...last];
    if (items.length === 0) return;
    const written = await transactWrite(client, items);
    if (written.done || written.refused.has(settlements.length)) return; // the checkpoint exists, so the settlements do too
    const left = settlements.filter((_, index) => !written.refused.has(index));
    await write(left, last);
  }

  function putUnlessLater(settlement: Settlement): TransactItem {
    return {
      Put: {
        TableName: table,
        Item: settlementItem(settlement),
        ConditionExpression:
          'attribute_not_exists(pk) OR generated_at < :at OR (generated_at = :at AND run_id <= :run)',
        ExpressionAttributeValues: { ':at': settlement.generatedAt, ':run': settlement.runId },
      },
    };
  }

  const putCheckpoint = (id: JobId, checkpoint: Checkpoint) => putNewItem(table, checkpointItem(id, checkpoint));

  return {
    async record(id, settlements, checkpoint) {
      const groups = inChunks(settlements, MAX_TRANSACTION_ITEMS - 1);
      const last = groups.pop() ?? [];
      for (const group of groups) await write(group, []);
      await write(last, [putCheckpoint(id, checkpoint)]);
    },

    async ofMerchant(merchantId, days) {
      const keys = days.map((day) => settlementKey({ day, merchantId }));
      const found = (await batchGet(client, table, keys)).map(settlementOf);
      return found.sort((a, b) => (a.day < b.day ? -1 : 1));
    },

    async list({ places, limit, after }) {
      const read = (place: Place, index: number) => readPlace(place, limit, index === 0 ? after : undefined);
      const found: Settlement[] = [];
      for await (const settlements of pMapIterable(places, read, { concurrency: AHEAD })) {
        found.push(...settlements);
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
  };

  async function readPlace({ day, shard }: Place, limit: number, after: MerchantId | undefined): Promise<Settlement[]> {
    const pk = dayPartition(day, shard);
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        Limit: limit,
        ExclusiveStartKey: after && { pk, sk: after },
      }),
    );
    return Items.map(settlementOf);
  }
}

/** A page is one Query, which reads up to 1 MB: it sees every row that was acknowledged before it began. */
export function dynamoSegments(client: DynamoDBDocumentClient, table: string): ReadSegments {
  return async function* (day, shard) {
    const pk = dayPartition(day, shard);
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ProjectionExpression: SETTLED_ATTRIBUTES,
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      yield Items.map((item) => settledColumnsOf({ pk, ...item }));
    }
  };
}
