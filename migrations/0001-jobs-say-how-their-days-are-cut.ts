import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { sparseIds } from '../lib/aws/listing.ts';
import { transactWrite } from '../lib/aws/transact.ts';
import { conditionalUpdate } from '../lib/aws/update.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * The first settlement jobs were cut into chunks of one shard and did not say so; their checkpoints are called
 * `CHUNK#2026-10-31#04`. Since then a chunk may be of several shards, the job says how many (`shards_per_chunk`), and
 * checkpoints name the first and the last: `CHUNK#2026-10-31#04-07`.
 *
 * up:   old jobs say 1, and their checkpoints are called `CHUNK#2026-10-31#04-04`.
 * down: jobs of single shards go back. Finished jobs of several have no old shape and stay: the first version never looks
 *       into the chunks of a finished job, except to count them. Unfinished jobs it could not go on with, so there must
 *       be none.
 */
type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };

const PARALLEL_WRITES = 8;
const OLD_NAME = /^(CHUNK#\d{4}-\d\d-\d\d)#(\d\d)$/;
const NEW_NAME = /^(CHUNK#\d{4}-\d\d-\d\d)#(\d\d)-\2$/;

export const up: Migration['up'] = async (context) => {
  for await (const job of jobs(context, 'attribute_not_exists(shards_per_chunk)')) {
    await renameCheckpoints(context, job, (sk) => sk.replace(OLD_NAME, '$1#$2-$2'));
    // Last, so that a job whose checkpoints are only half renamed is found again.
    await change(context, job, 'attribute_exists(pk) AND attribute_not_exists(shards_per_chunk)', {
      set: { shards_per_chunk: 1 },
    });
  }
};

export const down: Migration['down'] = async (context) => {
  const unfinished = await sparseIds(context.client, context.table('settlements'), 'gsi2', 'JOB');
  if (unfinished.length > 0) {
    throw new Error(
      `Jobs are under way that older code cannot go on with: ${unfinished.join(', ')}. Let them end first.`,
    );
  }
  for await (const job of jobs(context, 'shards_per_chunk = :one', { ':one': 1 })) {
    await renameCheckpoints(context, job, (sk) => sk.replace(NEW_NAME, '$1#$2'));
    await change(context, job, 'shards_per_chunk = :one', { remove: ['shards_per_chunk'], values: { ':one': 1 } });
  }
};

/** One after the other, by the index of all jobs. */
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

/** The new name comes and the old one goes in one transaction: whoever reads meanwhile misses no checkpoint. */
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
    const wrong = (Items as Item[]).filter(({ sk }) => rename(sk) !== sk);
    await pMap(
      wrong,
      async (item) => {
        const old = { Delete: { TableName, Key: { pk, sk: item.sk } } };
        const Item = { ...item, sk: rename(item.sk) };
        const put = { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
        const { done } = await transactWrite(client, [put, old]);
        // The chunk was settled once more meanwhile: the same day of the same shard, so either checkpoint will do.
        if (!done) await transactWrite(client, [old]);
      },
      { concurrency: PARALLEL_WRITES },
    );
  }
}

/** A job that is not as it was read has been changed by somebody else into what it should be. */
async function change(
  { client, table }: MigrationContext,
  { pk, sk }: Item,
  condition: string,
  change: Parameters<typeof conditionalUpdate>[1]['change'],
): Promise<void> {
  await conditionalUpdate(client, { table: table('settlements'), key: { pk, sk }, condition, change });
}
