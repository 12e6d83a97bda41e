import { PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../lib/aws/read.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * In the version before, events were not sealed. The sealer of this version begins with events of the last hour.
 *
 * up:   makes the sealer begin with the oldest event. It then seals all events in the order of their times, over as many runs as
 *       it needs.
 * down: changes nothing: the older code does not read the seals. The blocks stay in their bucket.
 */
const HEAD = { pk: 'HEAD', sk: 'HEAD' };
const PAGE = 1_000;
const TIME_LENGTH = '2026-11-20T10:00:00.000Z'.length;

export const up: Migration['up'] = async (context) => {
  const oldest = await oldestEvent(context);
  // The sealer may move its head between the read and the write.
  while (oldest !== undefined && !(await beginWith(context, oldest)));
};

export const down: Migration['down'] = async () => {};

/** @returns the time of the oldest event */
async function oldestEvent({ client, table, progress }: MigrationContext): Promise<string | undefined> {
  let oldest: string | undefined;
  let done = 0;
  const pages = paginateScan(
    { client, pageSize: PAGE },
    { TableName: table('events'), ConsistentRead: true, ProjectionExpression: 'pk, sk' },
  );
  for await (const { Items = [] } of pages) {
    for (const { pk, sk } of Items) {
      const time = `${sk}`.slice(0, TIME_LENGTH);
      if (`${pk}`.startsWith('SUBJECT#') && (oldest === undefined || time < oldest)) oldest = time;
    }
    done += Items.length;
    progress(done);
  }
  return oldest;
}

/** @returns false if another writer was first */
async function beginWith({ client, table }: MigrationContext, oldest: string): Promise<boolean> {
  const TableName = table('seals');
  const head = await getItem(client, TableName, HEAD);
  if (head && `${head.from}` <= oldest) return true;
  const now = new Date().toISOString();
  const write = head
    ? client.send(
        new UpdateCommand({
          TableName,
          Key: HEAD,
          UpdateExpression: 'SET #from = :oldest, version = :next',
          ConditionExpression: 'version = :version',
          ExpressionAttributeNames: { '#from': 'from' },
          ExpressionAttributeValues: { ':oldest': oldest, ':version': head.version, ':next': Number(head.version) + 1 },
        }),
      )
    : client.send(
        new PutCommand({
          TableName,
          Item: {
            ...HEAD,
            ...{ version: 1, number: 0, hash: '0'.repeat(64), total: 0, latest: '', is_kept: true },
            ...{ from: oldest, late: now, sealed_at: oldest, checked_at: now },
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
  return write.then(
    () => true,
    (error: Error) => {
      if (error.name !== 'ConditionalCheckFailedException') throw error;
      return false;
    },
  );
}
