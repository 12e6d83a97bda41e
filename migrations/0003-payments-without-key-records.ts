import { createHash } from 'node:crypto';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { getItem } from '../lib/aws/read.ts';
import { type TransactItem, transactWrite } from '../lib/aws/transact.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * Before this version the id of a payment was drawn at random, and a record named it by its key for a day. Now the id follows from
 * user and key, and the payment stores the key. The CAPTURE entry was an item beside its payment; now it is an attribute of the
 * payment. The index of pending payments had the partitions `PENDING#<0..7>`; now it has `PENDING#<0..31>`.
 *
 * up:   changes nothing. The new code reads the records, the entries and the partitions of earlier payments.
 * down: stores what the older code needs of each payment that the new code has made or approved: the record of its key if it is
 *       not older than a day, its CAPTURE entry as an item, and its older partition.
 *       Payments that are made between `down` and the deployment of the older code need another `down`: force this version, then
 *       migrate down again.
 */
type Payment = Record<string, unknown> & {
  readonly pk: string;
  readonly sk: string;
  readonly id: string;
  readonly user_id: string;
  readonly created_at: string;
  readonly idempotency_key?: string;
  readonly capture?: string;
  readonly gsi1pk?: string;
};

const PARALLEL_WRITES = 8;
const PAGE = 500;
const DAY_SECONDS = 24 * 60 * 60;
const OLD_SHARDS = 8;

export const up: Migration['up'] = async () => {};

export const down: Migration['down'] = async (context) => {
  const { client, table, progress } = context;
  let done = 0;
  const pages = paginateScan(
    { client, pageSize: PAGE },
    {
      TableName: table('wallets'),
      ConsistentRead: true,
      FilterExpression: 'sk = :payment AND (attribute_exists(idempotency_key) OR attribute_exists(#capture))',
      ExpressionAttributeNames: { '#capture': 'capture' },
      ExpressionAttributeValues: { ':payment': 'PAYMENT' },
    },
  );
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    await pMap(Items as Payment[], (payment) => restore(context, payment), { concurrency: PARALLEL_WRITES });
    done += ScannedCount;
    progress(done);
  }
};

/** In one transaction, on condition that the payment is as it was read. */
async function restore({ client, table }: MigrationContext, found: Payment): Promise<void> {
  const TableName = table('wallets');
  const { pk, sk } = found;
  let payment: Payment | undefined = found;
  let hasRecord = false;
  while (payment) {
    const record: Item | undefined = hasRecord ? undefined : keyRecord(payment);
    const entry = captureEntry(payment);
    const items: TransactItem[] = [{ Put: { TableName, Item: older(payment), ...unchanged(payment) } }];
    if (entry) items.push({ Put: { TableName, Item: entry } });
    if (record) items.push({ Put: { TableName, Item: record, ...free } });
    const written = await transactWrite(client, items);
    if (written.done) return;
    hasRecord ||= record !== undefined && written.refused.has(items.length - 1);
    payment = (await getItem(client, TableName, { pk, sk })) as Payment | undefined;
    if (payment?.idempotency_key === undefined && payment?.capture === undefined) return;
  }
}

type Item = Record<string, unknown>;

function older({ idempotency_key: _, capture: __, ...payment }: Payment): Item {
  const { gsi1pk } = payment;
  if (gsi1pk === undefined) return payment;
  return { ...payment, gsi1pk: `PENDING#${Number(gsi1pk.replace('PENDING#', '')) % OLD_SHARDS}` };
}

/** Every change of a payment changes its status or the number of its refunds. */
function unchanged({ status, refund_count: count, idempotency_key: key, capture }: Payment) {
  const has = (name: string, value: unknown) => `attribute_${value === undefined ? 'not_' : ''}exists(${name})`;
  return {
    ConditionExpression: [
      '#status = :status',
      has('idempotency_key', key),
      has('#capture', capture),
      count === undefined ? has('refund_count', count) : 'refund_count = :count',
    ].join(' AND '),
    ExpressionAttributeNames: { '#status': 'status', '#capture': 'capture' },
    ExpressionAttributeValues: { ':status': status, ...(count === undefined ? {} : { ':count': count }) },
  };
}

/** A record that the older code has written stays. */
const free = { ConditionExpression: 'attribute_not_exists(pk)' };

/** The record of the key as the older code writes it; undefined once it would have expired. */
function keyRecord({ id, user_id: userId, idempotency_key: key, created_at: at, ...payment }: Payment) {
  const expiresAt = Math.floor(Date.parse(at) / 1_000) + DAY_SECONDS;
  if (key === undefined || expiresAt <= Math.floor(Date.now() / 1_000)) return undefined;
  const request = {
    userId,
    providerId: payment.provider_id,
    externalReference: payment.external_reference,
    money: { minor: payment.amount, currency: payment.currency },
  };
  const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return { pk: `IDEM#payment:${userId}#${key}`, sk: 'IDEM', resource: id, fingerprint, expires_at: expiresAt };
}

function captureEntry({ pk, capture }: Payment): Item | undefined {
  if (capture === undefined) return undefined;
  const { id, references, postings, ...entry } = JSON.parse(capture);
  return { pk, sk: 'ENTRY#CAPTURE', entry_id: id, ...entry, ...references, postings: JSON.stringify(postings) };
}
