import { createHash } from 'node:crypto';
import { paginateQuery, paginateScan } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { transactWrite } from '../lib/aws/transact.ts';
import { conditionalPut, conditionalUpdate } from '../lib/aws/update.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * Before this version the index of open withdrawals (gsi2) had the partitions `OPEN#<0..7>`, in the order of creation. Now it has
 * `DUE#<00..15>` by the time when it is due, `IN_FLIGHT#<00..15>` by the end of its lease, and `DEAD#00`. The id of a
 * withdrawal was drawn at random, and a record named it by its key for a day; now the id follows from user and key. The CAPTURE
 * entry was an item in the wallets table; now it is an attribute of the withdrawal.
 *
 * up:   moves open withdrawals to their new partitions. Records of keys and entries of earlier withdrawals stay: the new code
 *       reads them.
 * down: moves open withdrawals back, stores the records of the keys of the last day, and the entries as items.
 *       Withdrawals that are made between `down` and the deployment of the older code need another `down`: force this version, then
 *       migrate down again.
 */
type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };
type Open = Item & {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly created_at: string;
  readonly due_at: number;
  readonly lease_until?: number;
  readonly dead_letter?: { readonly at: string };
};

const padded = (shard: number) => String(shard).padStart(2, '0');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const TABLE = 'withdrawals';
const PARALLEL_WRITES = 8;
const PAGE = 500;
const DAY_MS = 24 * 60 * 60 * 1_000;
const SHARDS = 16;
const OLD_SHARDS = 8;
const OLD_PARTITIONS = Array.from({ length: OLD_SHARDS }, (_, shard) => `OPEN#${shard}`);
const NEW_PARTITIONS = [
  ...['DUE', 'IN_FLIGHT'].flatMap((part) => Array.from({ length: SHARDS }, (_, shard) => `${part}#${padded(shard)}`)),
  'DEAD#00',
];

export const up: Migration['up'] = (context) => move(context, OLD_PARTITIONS, newPlace);

export const down: Migration['down'] = async (context) => {
  await move(context, NEW_PARTITIONS, oldPlace);
  await restore(context);
};

async function move(
  { client, table, progress }: MigrationContext,
  partitions: readonly string[],
  placeOf: (open: Open) => { readonly gsi2pk: string; readonly gsi2sk: string },
): Promise<void> {
  let done = 0;
  for (const partition of partitions) {
    const pages = paginateQuery(
      { client, pageSize: PAGE },
      {
        TableName: table(TABLE),
        IndexName: 'gsi2',
        KeyConditionExpression: 'gsi2pk = :partition',
        ExpressionAttributeValues: { ':partition': partition },
      },
    );
    for await (const { Items = [] } of pages) {
      // If the condition fails, a worker has changed the withdrawal, and written it as the new code does.
      const moveOne = (open: Open) =>
        conditionalUpdate(client, {
          table: table(TABLE),
          key: { pk: open.pk, sk: open.sk },
          condition: '#version = :version AND gsi2pk = :partition',
          change: { set: placeOf(open), values: { ':version': open.version, ':partition': partition } },
        });
      await pMap(Items as Open[], moveOne, { concurrency: PARALLEL_WRITES });
      done += Items.length;
      progress(done);
    }
  }
}

function newPlace({ id, status, due_at, lease_until, dead_letter }: Open) {
  if (dead_letter) return { gsi2pk: 'DEAD#00', gsi2sk: `${dead_letter.at}#${id}` };
  const part = lease_until !== undefined || status === 'UNKNOWN' ? 'IN_FLIGHT' : 'DUE';
  const shard = padded(Number.parseInt(id.slice(-4), 16) % SHARDS);
  return { gsi2pk: `${part}#${shard}`, gsi2sk: `${new Date(lease_until ?? due_at).toISOString()}#${id}` };
}

function oldPlace({ id, created_at }: Open) {
  const shard = (createHash('sha256').update(id).digest()[0] ?? 0) % OLD_SHARDS;
  return { gsi2pk: `OPEN#${shard}`, gsi2sk: `${created_at}#${id}` };
}

/** Restores what the older code needs of withdrawals that the new code has made or completed. */
async function restore(context: MigrationContext): Promise<void> {
  const { client, table, progress } = context;
  let done = 0;
  const pages = paginateScan(
    { client, pageSize: PAGE },
    {
      TableName: table(TABLE),
      ConsistentRead: true,
      FilterExpression: 'sk = :withdrawal',
      ExpressionAttributeValues: { ':withdrawal': 'WITHDRAWAL' },
    },
  );
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    const restoreOne = async (item: Item) => {
      await restoreKey(context, item);
      await restoreCapture(context, item);
    };
    await pMap(Items as Item[], restoreOne, { concurrency: PARALLEL_WRITES });
    done += ScannedCount;
    progress(done);
  }
}

type Asked = {
  readonly user_id: string;
  readonly key: string;
  readonly asset: string;
  readonly amount: string;
  readonly network: string;
  readonly address: string;
  readonly max_retries: number;
  readonly source: string;
};

async function restoreKey({ client, table }: MigrationContext, item: Item): Promise<void> {
  const now = Math.floor(Date.now() / 1_000);
  const expiresAt = Math.floor((Date.parse(`${item.created_at}`) + DAY_MS) / 1_000);
  const { user_id: userId, key, asset, amount, network, address, ...asked }: Asked = JSON.parse(`${item.request}`);
  const follows = `wdr_${sha256(JSON.stringify(['wdr', userId, key])).slice(0, 32)}`;
  if (expiresAt <= now || item.id !== follows) return;
  const money = { minor: amount, currency: asset };
  const request = { userId, money, network, address, maxRetries: asked.max_retries, source: asked.source };
  const record = { pk: `IDEM#withdrawal:${userId}#${key}`, sk: 'IDEM', resource: item.id, expires_at: expiresAt };
  await conditionalPut(client, {
    TableName: table(TABLE),
    Item: { ...record, fingerprint: sha256(JSON.stringify(request)) },
    ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',
    ExpressionAttributeValues: { ':now': now },
  });
}

async function restoreCapture({ client, table }: MigrationContext, item: Item): Promise<void> {
  // Only postings: a later version has completed it since its own `down`, which has to run again before this one.
  if (item.capture === undefined || `${item.capture}`.startsWith('[')) return;
  const { id, references, postings, ...entry } = JSON.parse(`${item.capture}`);
  const Item = {
    ...{ pk: item.pk, sk: 'ENTRY#CAPTURE', entry_id: id, ...entry, ...references },
    postings: JSON.stringify(postings),
  };
  await transactWrite(client, [
    { Put: { TableName: table('wallets'), Item, ConditionExpression: 'attribute_not_exists(pk)' } },
    {
      Update: {
        TableName: table(TABLE),
        Key: { pk: item.pk, sk: item.sk },
        UpdateExpression: 'REMOVE #capture',
        ConditionExpression: 'attribute_exists(#capture)',
        ExpressionAttributeNames: { '#capture': 'capture' },
      },
    },
  ]);
}
