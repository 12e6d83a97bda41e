import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import { chunk } from 'es-toolkit';
import pMap from 'p-map';

type Item = Record<string, unknown>;

/** DynamoDB takes 25 writes a call. */
const ITEMS_PER_CALL = 25;
const PARALLEL_CALLS = 4;

class PartlyWritten extends Error {
  override readonly name = 'PartlyWritten';
}

const retryUnwritten = retry(handleType(PartlyWritten), {
  maxAttempts: 5,
  backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 1_000 }),
});

/**
 * Puts items whatever was there before, in no order; their keys differ. Items that DynamoDB leaves for later are written
 * again; if some stay unwritten it throws, and others may have been written.
 */
export async function batchWrite(client: DynamoDBDocumentClient, table: string, items: readonly Item[]): Promise<void> {
  const writes = items.map((Item) => ({ PutRequest: { Item } }));
  await pMap(
    chunk(writes, ITEMS_PER_CALL),
    async (batch) => {
      let left: typeof batch = batch;
      await retryUnwritten.execute(async () => {
        const { UnprocessedItems = {} } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
        left = (UnprocessedItems[table] ?? []) as typeof batch;
        if (left.length > 0) throw new PartlyWritten(`${table} left ${left.length} items unwritten`);
      });
    },
    { concurrency: PARALLEL_CALLS },
  );
}
