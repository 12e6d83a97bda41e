import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { chunk as inChunks } from 'es-toolkit';
import { pMapIterable } from 'p-map';
import { batchGet } from '../aws/batch-get.ts';
import { type TransactItem, transactWrite } from '../aws/transact.ts';
import { shardOf } from '../transactions/segment.ts';
import type { MerchantId } from '../transactions/transaction.ts';
import { type Checkpoint, type Chunk, parseChunkId } from './chunk.ts';
import { checkpointItem, dayPartition, settlementItem, settlementOf } from './items.ts';
import type { JobId } from './job.ts';
import type { SettlementStore } from './ports.ts';
import type { Settlement } from './settlement.ts';

/** The most items that one transaction takes. */
const TRANSACTION_ITEMS = 100;
/** Partitions of a list that are read ahead. */
const AHEAD = 16;

export function dynamoSettlements(client: DynamoDBDocumentClient, table: string): SettlementStore {
  /** In one transaction; without what a later job has written. */
  async function write(settlements: readonly Settlement[], chunk: Chunk, last: readonly TransactItem[]): Promise<void> {
    const items = [...settlements.map((settlement) => putUnlessLater(settlement, chunk)), ...last];
    if (items.length === 0) return;
    const written = await transactWrite(client, items);
    if (written.done || written.refused.has(settlements.length)) return; // the checkpoint is there: so is the rest
    const left = settlements.filter((_, index) => !written.refused.has(index));
    await write(left, chunk, last);
  }

  function putUnlessLater(settlement: Settlement, chunk: Chunk): TransactItem {
    return {
      Put: {
        TableName: table,
        Item: settlementItem(settlement, chunk),
        ConditionExpression:
          'attribute_not_exists(pk) OR generated_at < :at OR (generated_at = :at AND run_id <= :run)',
        ExpressionAttributeValues: { ':at': settlement.generatedAt, ':run': settlement.runId },
      },
    };
  }

  function putCheckpoint(id: JobId, checkpoint: Checkpoint): TransactItem {
    return {
      Put: {
        TableName: table,
        Item: checkpointItem(id, checkpoint),
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };
  }

  return {
    async record(id, settlements, checkpoint) {
      const chunk = parseChunkId(checkpoint.chunk) as Chunk;
      const groups = inChunks(settlements, TRANSACTION_ITEMS - 1);
      const last = groups.pop() ?? [];
      for (const group of groups) await write(group, chunk, []);
      await write(last, chunk, [putCheckpoint(id, checkpoint)]);
    },

    async ofMerchant(merchantId, days) {
      const shard = shardOf(merchantId);
      const keys = days.map((day) => ({ pk: dayPartition({ day, shard }), sk: merchantId }));
      const found = (await batchGet(client, table, keys)).map(settlementOf);
      return found.sort((a, b) => (a.day < b.day ? -1 : 1));
    },

    async list({ chunks, limit, after }) {
      const read = (chunk: Chunk, index: number) => readChunk(chunk, limit, index === 0 ? after : undefined);
      const found: Settlement[] = [];
      for await (const settlements of pMapIterable(chunks, read, { concurrency: AHEAD })) {
        found.push(...settlements);
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
  };

  async function readChunk(chunk: Chunk, limit: number, after: MerchantId | undefined): Promise<Settlement[]> {
    const pk = dayPartition(chunk);
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        Limit: limit,
        ...(after === undefined ? {} : { ExclusiveStartKey: { pk, sk: after } }),
      }),
    );
    return Items.map(settlementOf);
  }
}
