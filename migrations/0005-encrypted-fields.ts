import { createHash } from 'node:crypto';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { queryAll } from '../lib/aws/read.ts';
import { type TransactItem, transactWrite } from '../lib/aws/transact.ts';
import { conditionalUpdate } from '../lib/aws/update.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * In the version before, accounts, PIX keys and addresses were stored in plain, a denied address was in the key of its item, and
 * the digest of a batch was a SHA-256 of its content, from which an account can be guessed.
 *
 * up:   encrypts them, in place; moves denied addresses under a keyed HMAC; replaces each digest by the HMAC of itself.
 * down: decrypts them, and moves denied addresses back. It computes the digests from the stored payouts. Those of batches whose
 *       payouts are not all stored stay: the older code refuses a repeated request for them.
 *
 * An attribute changes on condition that it is as it was read. Denied addresses are copied first and deleted when all are
 * copied: so at every moment one read of both keys finds a denied address.
 */
type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };
type Way = 'up' | 'down';
type Changes = { readonly was: string; readonly is: string };
/** Encrypts or decrypts a text at its place. */
type Change = (text: string, item: Item, attribute: string) => string;

const PARALLEL_WRITES = 8;
const PAGE = 200;
const SEALED = /^enc:\d+:/;
const SHA_256 = /^[0-9a-f]{64}$/;

export const up: Migration['up'] = (context) => migrate(context, 'up');
export const down: Migration['down'] = (context) => migrate(context, 'down');

async function migrate(context: MigrationContext, way: Way): Promise<void> {
  const progress = counted(context);
  const hmacOf = await context.secrets().hmac();
  const keyed = (sha: string) => hmacOf('batch', sha);
  const denied = (network: string, address: string) => hmacOf(`address:${network}`, address);

  const changePayout = await changeOf(context, 'payouts', way);
  await eachItem(context, 'payouts', progress, async (item) => {
    if (typeof item.instruction === 'string') {
      await replace(context, 'payouts', item, 'instruction', withAccount(item, item.instruction, changePayout));
    } else if (item.sk === 'BATCH') {
      const digest = way === 'up' ? keyedDigest(item, keyed) : await plainDigest(context, item);
      await replace(context, 'payouts', item, 'digest', digest);
    }
  });

  const changeAddress = await changeOf(context, 'withdrawals', way);
  await eachItem(context, 'withdrawals', progress, async (item) => {
    if (typeof item.request !== 'string') return;
    await replace(context, 'withdrawals', item, 'request', withAddress(item, item.request, changeAddress));
  });
  await eachItem(context, 'withdrawals', progress, (item) => copyDenied(context, item, changeAddress, way, denied));
  await eachItem(context, 'withdrawals', progress, (item) => deleteCopied(context, item, way, denied));
}

/** An operator who stopped the migration is noticed after each page. */
function counted({ progress }: MigrationContext) {
  let done = 0;
  return (more: number) => {
    done += more;
    progress(done);
  };
}

async function eachItem(
  { client, table }: MigrationContext,
  name: string,
  progress: (more: number) => void,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const pages = paginateScan({ client, pageSize: PAGE }, { TableName: table(name), ConsistentRead: true });
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    await pMap(Items as Item[], work, { concurrency: PARALLEL_WRITES });
    progress(ScannedCount);
  }
}

/** A text that is changed already stays. */
async function changeOf({ secrets }: MigrationContext, table: 'payouts' | 'withdrawals', way: Way): Promise<Change> {
  const sealer = await secrets().sealer(table);
  const opener = await secrets().opener(table);
  return (text, { pk, sk }, attribute) => {
    if (way === 'down') return opener.open(text, { pk, sk, attribute });
    return SEALED.test(text) ? text : sealer.seal(text, { pk, sk, attribute });
  };
}

function withAccount(item: Item, instruction: string, change: Change): Changes {
  const { destination, ...rest } = JSON.parse(instruction) as { destination: Record<string, string> };
  const name = destination.type === 'pix' ? 'pixKey' : 'bankAccount';
  const changed = { ...destination, [name]: change(destination[name] ?? '', item, 'instruction') };
  return { was: instruction, is: JSON.stringify({ ...rest, destination: changed }) };
}

function withAddress(item: Item, request: string, change: Change): Changes {
  const parsed = JSON.parse(request) as { address: string };
  return { was: request, is: JSON.stringify({ ...parsed, address: change(parsed.address, item, 'request') }) };
}

function keyedDigest({ digest }: Item, keyed: (sha: string) => string): Changes {
  const was = String(digest);
  return { was, is: SHA_256.test(was) ? keyed(was) : was };
}

/** As the older code computes it from the request, whose parts are all stored. */
async function plainDigest(context: MigrationContext, { pk, digest, ...batch }: Item): Promise<Changes> {
  const was = String(digest);
  if (SHA_256.test(was)) return { was, is: was };
  const { client, table, secrets, log } = context;
  const hash = createHash('sha256').update(`${batch.auto_start}`);
  let found = 0;
  for (let chunk = 1; chunk <= Number(batch.chunk_count); chunk += 1) {
    const items = await queryAll(client, {
      TableName: table('payouts'),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `${pk}#${String(chunk).padStart(4, '0')}` },
      ConsistentRead: true,
    });
    const opener = await secrets().opener('payouts');
    for (const item of items as Item[]) {
      const open: Change = (text, { pk, sk }, attribute) => opener.open(text, { pk, sk, attribute });
      const plain = JSON.parse(withAccount(item, String(item.instruction), open).is);
      const { external_id: externalId, payee, minor, currency, destination, transaction_ids: sales } = plain;
      hash.update(JSON.stringify([externalId, payee.id, payee.name, minor, currency, destination, sales]));
    }
    found += items.length;
  }
  if (found === batch.total) return { was, is: hash.digest('hex') };
  log(`${pk} has ${found} of ${batch.total} payouts: the older code refuses a repeated request for it`);
  return { was, is: was };
}

async function replace(
  { client, table }: MigrationContext,
  name: string,
  { pk, sk }: Item,
  attribute: string,
  { was, is }: Changes,
): Promise<void> {
  if (was === is) return;
  await conditionalUpdate(client, {
    table: table(name),
    key: { pk, sk },
    condition: `#${attribute} = :was`,
    change: { set: { [attribute]: is }, values: { ':was': was } },
  });
}

type DigestOf = (network: string, address: string) => string;
const isDenied = ({ sk }: Item) => sk === 'DENIED';

/** The last part of the key is the digest after `up`, and the address before it. */
async function copyDenied(context: MigrationContext, item: Item, change: Change, way: Way, digestOf: DigestOf) {
  if (!isDenied(item) || isCopy(item, way)) return;
  const [network, address] = [String(item.network), String(item.address)];
  const plain = way === 'up' ? address : change(address, item, 'address');
  const last = way === 'up' ? digestOf(network, plain) : plain;
  const copy = { ...item, pk: `DENIED#${network}#${last}`, gsi1sk: `${item.created_at}#${last}` };
  const Item = { ...copy, address: way === 'up' ? change(plain, copy, 'address') : plain };
  await transactWrite(context.client, [
    { Put: { TableName: context.table('withdrawals'), Item, ConditionExpression: 'attribute_not_exists(pk)' } },
    exists(context, item),
  ]);
}

async function deleteCopied(context: MigrationContext, item: Item, way: Way, digestOf: DigestOf): Promise<void> {
  if (!isDenied(item) || isCopy(item, way)) return;
  const network = String(item.network);
  const opener = await context.secrets().opener('withdrawals');
  const plain = opener.open(String(item.address), { pk: item.pk, sk: item.sk, attribute: 'address' });
  const last = way === 'up' ? digestOf(network, plain) : plain;
  const TableName = context.table('withdrawals');
  await transactWrite(context.client, [
    { Delete: { TableName, Key: { pk: item.pk, sk: item.sk } } },
    exists(context, { pk: `DENIED#${network}#${last}`, sk: 'DENIED' }),
  ]);
}

/** Whether it is as this way makes it. */
const isCopy = ({ address }: Item, way: Way) => SEALED.test(String(address)) === (way === 'up');

const exists = ({ table }: MigrationContext, { pk, sk }: Pick<Item, 'pk' | 'sk'>): TransactItem => ({
  ConditionCheck: { TableName: table('withdrawals'), Key: { pk, sk }, ConditionExpression: 'attribute_exists(pk)' },
});
