import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { chunk as splitInto } from 'es-toolkit';
import { newestFirst, overdueIds, sparseIds } from '../aws/listing.ts';
import { batchGet, queryAll } from '../aws/read.ts';
import type { Secrets } from '../crypto/index.ts';
import type { BatchStore, ReadBatchState } from './batch-store.ts';
import { batchCreation } from './dynamo-batch-creation.ts';
import { batchHeaders, type Tables } from './dynamo-batch-header.ts';
import { ALL_BATCHES, batchOf, batchStateOf, SCHEDULED_BATCHES } from './dynamo-batch-items.ts';
import { batchRuns } from './dynamo-batch-runs.ts';
import { chunkOf } from './dynamo-chunk-items.ts';
import { insertNewChunks } from './dynamo-new-chunks.ts';
import { type BatchId, parseBatchId } from './ids.ts';
import { batchKey } from './items.ts';

const KEYS_PER_READ = 100;

export function dynamoBatches(client: DynamoDBDocumentClient, tables: Tables, secrets: Secrets): BatchStore {
  const table = tables.payouts;
  const headers = batchHeaders(client, tables);
  const listing = { table, partition: ALL_BATCHES, parseId: parseBatchId, keyOf: batchKey, decode: batchOf };
  return {
    ...batchCreation(client, table, headers),
    ...batchRuns(headers),
    insertChunks: (chunks) => insertNewChunks(client, table, secrets, chunks),
    read: headers.read,

    async readWithChunks(id) {
      const [header, ...chunks] = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk', // the header is first: BATCH comes before CHUNK
        ExpressionAttributeValues: { ':pk': batchKey(id).pk },
        ConsistentRead: true,
      });
      return header && { batch: batchOf(header), chunks: chunks.map(chunkOf) };
    },

    list: ({ status, ...page }) => newestFirst(client, status ? { ...listing, where: { status } } : listing, page),

    listOpen: () => sparseIds<BatchId>(client, table, 'gsi2', ALL_BATCHES),

    listDue: (now) => overdueIds<BatchId>(client, table, SCHEDULED_BATCHES, now),

    async readMany(ids) {
      const groups = splitInto(ids.map(batchKey), KEYS_PER_READ);
      return (await Promise.all(groups.map((keys) => batchGet(client, table, keys)))).flat().map(batchOf);
    },
  };
}

/** Reads the attributes that decide whether work may continue. */
export function dynamoBatchState(client: DynamoDBDocumentClient, table: string): ReadBatchState {
  return async (id) => {
    const { Item } = await client.send(
      new GetCommand({
        TableName: table,
        Key: batchKey(id),
        ConsistentRead: true,
        ProjectionExpression: '#status, #run, cancels, created_at',
        ExpressionAttributeNames: { '#status': 'status', '#run': 'run' },
      }),
    );
    return Item && batchStateOf({ ...batchKey(id), ...Item });
  };
}
