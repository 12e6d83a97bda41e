import { paginateScan } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { getItem, queryAll } from '../lib/aws/read.ts';
import { conditionalUpdate, putNew } from '../lib/aws/update.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * In the version before, no payout claimed its id. Now each PIX item claims it, so that no other batch pays it again.
 *
 * up:   stores the claim of each PIX item that may be paid, or was: the batches in the order of their creation, so that of two
 *       items with the same id the older one has it. The other one claims nothing from now on, as with `duplicates: "allow"`.
 * down: changes nothing: the older code does not read claims.
 */
type Stored = { readonly pk: string; readonly sk: string; readonly status: string; readonly instruction: string };
type Header = { readonly pk: string; readonly created_at: string; readonly chunk_count: number };

const TABLE = 'payouts';
const PARALLEL_WRITES = 8;
const PAGE = 500;
/** Ended without a payment: their ids are free. */
const UNPAID = ['failed', 'cancelled', 'returned'];

export const up: Migration['up'] = async (context) => {
  let done = 0;
  for (const header of await batchesByAge(context)) {
    for (let chunk = 1; chunk <= header.chunk_count; chunk += 1) {
      const payouts = await payoutsOf(context, `${header.pk}#${String(chunk).padStart(4, '0')}`);
      await pMap(payouts, (payout) => claim(context, payout), { concurrency: PARALLEL_WRITES });
      done += payouts.length;
      context.progress(done);
    }
  }
};

export const down: Migration['down'] = async () => {};

/** In memory: a few hundred bytes a batch. */
async function batchesByAge({ client, table }: MigrationContext): Promise<Header[]> {
  const headers: Header[] = [];
  const pages = paginateScan(
    { client, pageSize: PAGE },
    {
      TableName: table(TABLE),
      ConsistentRead: true,
      FilterExpression: 'sk = :batch AND NOT #status IN (:rejected, :discarding)',
      ProjectionExpression: 'pk, created_at, chunk_count',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':batch': 'BATCH', ':rejected': 'rejected', ':discarding': 'discarding' },
    },
  );
  for await (const { Items = [] } of pages) headers.push(...(Items as Header[]));
  const ageOf = ({ created_at: at, pk }: Header) => `${at} ${pk}`;
  return headers.sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
}

async function payoutsOf({ client, table }: MigrationContext, pk: string): Promise<Stored[]> {
  const items = await queryAll(client, {
    TableName: table(TABLE),
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :payout)',
    ExpressionAttributeValues: { ':pk': pk, ':payout': 'PAYOUT#' },
    ConsistentRead: true,
  });
  return items as Stored[];
}

/** If the payout fails at this moment, its claim is free by that. */
async function claim({ client, table }: MigrationContext, { pk, sk, status, instruction }: Stored): Promise<void> {
  const stored = JSON.parse(instruction);
  if (stored.destination.type !== 'pix' || stored.claims !== undefined || UNPAID.includes(status)) return;
  const { external_id: value, minor, currency, payee } = stored;
  const holder = `${pk.slice('BATCH#'.length).replace('#', '.')}.${sk.slice('PAYOUT#'.length)}`;
  const key = { pk: `CLAIM#external_id#${value}`, sk: 'CLAIM' };
  const payment = JSON.stringify({ minor, currency, payee_id: payee.id });
  const item = { ...key, kind: 'external_id', value, holder, stamp: holder, payment };
  if ((await putNew(client, table(TABLE), item)).done) return;
  if ((await getItem(client, table(TABLE), key))?.holder === holder) return;
  await conditionalUpdate(client, {
    table: table(TABLE),
    key: { pk, sk },
    condition: '#instruction = :was',
    change: { set: { instruction: JSON.stringify({ ...stored, claims: [] }) }, values: { ':was': instruction } },
  });
}
