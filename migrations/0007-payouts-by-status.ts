import { paginateScan } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { conditionalUpdate } from '../lib/aws/update.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * In the version before, payouts were not in the index gsi2. Now those that are unknown, failed or returned are, so that they
 * are found by their status: `gsi2pk` is STATUS#<status>#<position % 8>, `gsi2sk` is <last change>#<payout id>.
 *
 * up:   gives such payouts their keys, and takes those away that the older code has left on others.
 * down: takes all of them away.
 */
type Stored = {
  readonly pk: string;
  readonly sk: string;
  readonly status: string;
  readonly updated_at: string;
  readonly gsi2pk?: string;
  readonly gsi2sk?: string;
};
type Keys = { readonly gsi2pk: string | undefined; readonly gsi2sk: string | undefined };

const TABLE = 'payouts';
const PARALLEL_WRITES = 8;
const PAGE = 500;
const SHARDS = 8;
const SEARCHED = ['unknown', 'failed', 'returned'];
const NONE: Keys = { gsi2pk: undefined, gsi2sk: undefined };

export const up: Migration['up'] = (context) => index(context, keysOf);

export const down: Migration['down'] = (context) => index(context, () => NONE);

async function index({ client, table, progress }: MigrationContext, wanted: (payout: Stored) => Keys): Promise<void> {
  const TableName = table(TABLE);
  const indexOne = async (payout: Stored) => {
    const keys = wanted(payout);
    if (payout.gsi2pk === keys.gsi2pk && payout.gsi2sk === keys.gsi2sk) return;
    // If the condition fails, a worker has changed the payout, and written its keys.
    await conditionalUpdate(client, {
      table: TableName,
      key: { pk: payout.pk, sk: payout.sk },
      condition: '#status = :status AND updated_at = :updated_at',
      change: { set: keys, values: { ':status': payout.status, ':updated_at': payout.updated_at } },
    });
  };
  let done = 0;
  const pages = paginateScan(
    { client, pageSize: PAGE },
    {
      TableName,
      ConsistentRead: true,
      FilterExpression: 'begins_with(sk, :payout)',
      ProjectionExpression: 'pk, sk, #status, updated_at, gsi2pk, gsi2sk',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':payout': 'PAYOUT#' },
    },
  );
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    await pMap(Items as Stored[], indexOne, { concurrency: PARALLEL_WRITES });
    done += ScannedCount;
    progress(done);
  }
}

/** `BATCH#<id>#<0001>` and `PAYOUT#<000001>` are the payout id `<id>.<0001>.<000001>`. */
function keysOf({ pk, sk, status, updated_at: updatedAt }: Stored): Keys {
  if (!SEARCHED.includes(status)) return NONE;
  const [, batch, chunk] = pk.split('#');
  const position = sk.slice('PAYOUT#'.length);
  return {
    gsi2pk: `STATUS#${status}#${Number(position) % SHARDS}`,
    gsi2sk: `${updatedAt}#${batch}.${chunk}.${position}`,
  };
}
