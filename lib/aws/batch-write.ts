import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { chunk } from 'es-toolkit';
import pMap from 'p-map';
import type { Item } from '../kernel/codec.ts';
import { retryRest } from './retry-rest.ts';

/** DynamoDB takes 25 writes a call. */
const ITEMS_PER_CALL = 25;
const PARALLEL_CALLS = 4;

/**
 * Puts items with different keys, in no order; it replaces the items that exist.
 * @throws PartlyDone DynamoDB refused some of them for too long; the others are written
 */
export async function batchWrite(client: DynamoDBDocumentClient, table: string, items: readonly Item[]): Promise<void> {
  const writes = items.map((Item): { PutRequest: { Item: Item | undefined } } => ({ PutRequest: { Item } }));
  const write = (batch: typeof writes) =>
    retryRest(batch, `items of ${table} unwritten`, async (left) => {
      const { UnprocessedItems = {} } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
      return (UnprocessedItems[table] ?? []).map(({ PutRequest }) => ({ PutRequest: { Item: PutRequest?.Item } }));
    });
  await pMap(chunk(writes, ITEMS_PER_CALL), write, { concurrency: PARALLEL_CALLS });
}
