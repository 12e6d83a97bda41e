import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';

type Item = Record<string, unknown>;

class PartlyRead extends Error {
  override readonly name = 'PartlyRead';
}

const retryUnread = retry(handleType(PartlyRead), {
  maxAttempts: 5,
  backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 1_000 }),
});

/**
 * Reads up to 100 items by their keys, consistently, in no order; those that do not exist are not among them. Keys that
 * DynamoDB leaves for later are asked for again; if some stay unread it throws.
 */
export async function batchGet(client: DynamoDBDocumentClient, table: string, keys: Item[]): Promise<Item[]> {
  const items: Item[] = [];
  let left = keys;
  await retryUnread.execute(async () => {
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: true } } }),
    );
    items.push(...(Responses[table] ?? []));
    left = UnprocessedKeys[table]?.Keys ?? [];
    if (left.length > 0) throw new PartlyRead(`${table} left ${left.length} items unread`);
  });
  return items;
}
