import { paginateScan } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { conditionalUpdate } from '../lib/aws/update.ts';
import type { Migration } from '../scripts/migrate/migration.ts';

/*
 * In the version before, a completed withdrawal stored the whole CAPTURE entry. Now it stores only the postings, because the rest
 * follows from the withdrawal: with it the item had more than one KB, and each write of it cost one unit more.
 *
 * up:   changes nothing. The new code reads both.
 * down: stores the whole entry of each withdrawal that the new code has completed.
 *       Withdrawals that are completed between `down` and the deployment of the older code need another `down`: force this version,
 *       then migrate down again.
 */
type Completed = {
  readonly pk: string;
  readonly sk: string;
  readonly id: string;
  /** How often it was opened. */
  readonly opening: number;
  readonly updated_at: string;
  /** `[[account, amount, currency], ...]` */
  readonly capture: string;
};

const TABLE = 'withdrawals';
const PARALLEL_WRITES = 8;
const PAGE = 500;

export const up: Migration['up'] = async () => {};

export const down: Migration['down'] = async ({ client, table, progress }) => {
  const TableName = table(TABLE);
  const restore = async (withdrawal: Completed) => {
    const { pk, sk, capture } = withdrawal;
    await conditionalUpdate(client, {
      table: TableName,
      key: { pk, sk },
      condition: '#capture = :was',
      change: { set: { capture: entryOf(withdrawal) }, values: { ':was': capture } },
    });
  };
  let done = 0;
  const pages = paginateScan(
    { client, pageSize: PAGE },
    {
      TableName,
      ConsistentRead: true,
      FilterExpression: 'begins_with(#capture, :postings)',
      ExpressionAttributeNames: { '#capture': 'capture' },
      ExpressionAttributeValues: { ':postings': '[' },
    },
  );
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    await pMap(Items as Completed[], restore, { concurrency: PARALLEL_WRITES });
    done += ScannedCount;
    progress(done);
  }
};

function entryOf({ id, opening, updated_at: at, capture }: Completed): string {
  const rows: [string, string, string][] = JSON.parse(capture);
  return JSON.stringify({
    id: `${id}.${opening}.capture`,
    type: 'CAPTURE',
    postings: rows.map(([account, amount, currency]) => ({ account, amount, currency })),
    references: { withdrawal_id: id },
    at,
  });
}
