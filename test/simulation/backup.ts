import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { chunk } from 'es-toolkit';

/** The most that one batch write takes. */
const MOST_WRITES = 25;

type Items = readonly Record<string, unknown>[];
/** What tables had at one moment, by their names. */
export type Backup = ReadonlyMap<string, Items>;

/** Makes tables what they were: other items are deleted. */
export async function putBack(client: DynamoDBDocumentClient, backup: Backup, now: Backup): Promise<void> {
  for (const [table, items] of backup) {
    const deletions = (now.get(table) ?? []).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
    const puts = items.map((Item) => ({ PutRequest: { Item } }));
    // One after the other: a batch must not name a key twice.
    for (const requests of [...chunk(deletions, MOST_WRITES), ...chunk(puts, MOST_WRITES)])
      await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
  }
}
