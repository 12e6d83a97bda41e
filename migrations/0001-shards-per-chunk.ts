import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { sparseIds } from '../lib/aws/listing.ts';
import { transactWrite } from '../lib/aws/transact.ts';
import { conditionalUpdate } from '../lib/aws/update.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * In the first version a chunk of a settlement job had one shard, and its checkpoint was `CHUNK#2026-10-31#04`. Now a chunk may
 * have several shards: the job stores their number (`shards_per_chunk`), and a checkpoint names the first and the last, as in
 * `CHUNK#2026-10-31#04-07`.
 *
 * up:   old jobs get `shards_per_chunk` 1, and checkpoints such as `CHUNK#2026-10-31#04-04`.
 * down: reverts jobs with one shard per chunk. Finished jobs with more stay, because the first version only counts the chunks of
 *       a finished job. Unfinished jobs are refused, because the first version cannot continue them.
 */
type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };

const PARALLEL_WRITES = 8;
const OLD_NAME = /^(CHUNK#\d{4}-\d\d-\d\d)#(\d\d)$/;
const NEW_NAME = /^(CHUNK#\d{4}-\d\d-\d\d)#(\d\d)-\2$/;

export const up: Migration['up'] = async (context) => {
  for await (const job of jobs(context, 'attribute_not_exists(shards_per_chunk)')) {
    await renameCheckpoints(context, job, (sk) => sk.replace(OLD_NAME, '$1#$2-$2'));
    // Last, so that a job with partly renamed checkpoints is found again.
    await change(context, job, 'attribute_exists(pk) AND attribute_not_exists(shards_per_chunk)', {
      set: { shards_per_chunk: 1 },
    });
  }
};

export const down: Migration['down'] = async (context) => {
  const unfinished = await sparseIds(context.client, context.table('settlements'), 'gsi2', 'JOB');
  if (unfinished.length > 0) {
    throw new Error(`Older code cannot continue these unfinished jobs: ${unfinished.join(', ')}. Wait until they end.`);
  }
  for await (const job of jobs(context, 'shards_per_chunk = :one', { ':one': 1 })) {
    await renameCheckpoints(context, job, (sk) => sk.replace(NEW_NAME, '$1#$2'));
    await change(context, job, 'shards_per_chunk = :one', { remove: ['shards_per_chunk'], values: { ':one': 1 } });
  }
};

/** Reads all jobs from their index. */
async function* jobs(
  { client, table, progress }: MigrationContext,
  FilterExpression: string,
  values: Record<string, unknown> = {},
): AsyncGenerator<Item> {
  let done = 0;
  const pages = paginateQuery(
    { client, pageSize: 100 },
    {
      TableName: table('settlements'),
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :jobs',
      FilterExpression,
      ExpressionAttributeValues: { ':jobs': 'JOB', ...values },
    },
  );
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    yield* Items as Item[];
    done += ScannedCount;
    progress(done);
  }
}

/** Renames each checkpoint in one transaction, so that concurrent readers miss none. */
async function renameCheckpoints(
  { client, table }: MigrationContext,
  { pk }: Item,
  rename: (sk: string) => string,
): Promise<void> {
  const TableName = table('settlements');
  const pages = paginateQuery(
    { client, pageSize: 500 },
    {
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunk)',
      ExpressionAttributeValues: { ':pk': pk, ':chunk': 'CHUNK#' },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) {
    const outdated = (Items as Item[]).filter(({ sk }) => rename(sk) !== sk);
    await pMap(
      outdated,
      async (item) => {
        const old = { Delete: { TableName, Key: { pk, sk: item.sk } } };
        const Item = { ...item, sk: rename(item.sk) };
        const put = { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
        const { done } = await transactWrite(client, [put, old]);
        // The chunk was settled again meanwhile. Both checkpoints cover the same day and shard, so either is valid.
        if (!done) await transactWrite(client, [old]);
      },
      { concurrency: PARALLEL_WRITES },
    );
  }
}

/** If the condition fails, another runner has already changed the job. */
async function change(
  { client, table }: MigrationContext,
  { pk, sk }: Item,
  condition: string,
  change: Parameters<typeof conditionalUpdate>[1]['change'],
): Promise<void> {
  await conditionalUpdate(client, { table: table('settlements'), key: { pk, sk }, condition, change });
}
