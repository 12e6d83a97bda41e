import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { approvalPuts } from '../access/items.ts';
import { newestFirst } from '../aws/listing.ts';
import { batchGet, getItem } from '../aws/read.ts';
import { type TransactItem, transactWrite } from '../aws/transact.ts';
import type { Secrets } from '../crypto/index.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import type { Network } from './assets.ts';
import { addressDigest, deniedItem, deniedKey, deniedOf, deniedPartition, openDenied, sealDenied } from './items.ts';
import type { DeniedAddress, DenyList } from './ports.ts';

type Tables = { readonly withdrawals: string; readonly events: string };

/** The condition that an item is as it was read: there, or not there. */
function unchanged(item: Item | undefined) {
  if (!item) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: 'created_at = :created AND reason = :reason',
    ExpressionAttributeValues: { ':created': item.created_at, ':reason': item.reason },
  };
}

const isSame = (stored: DeniedAddress | undefined, before: DeniedAddress | undefined) =>
  stored?.createdAt === before?.createdAt && stored?.reason === before?.reason;

export function dynamoDenyList(client: DynamoDBDocumentClient, tables: Tables, secrets: Secrets): DenyList {
  const table = tables.withdrawals;

  /** `older`: of versions before data version 5, which had the address in the key. */
  async function keysOf(network: Network, address: string) {
    const digest = addressDigest(await secrets.hmac(), network, address);
    return { digest, key: deniedKey(network, digest), older: deniedKey(network, address) };
  }

  async function find(network: Network, address: string) {
    const { key, older, digest } = await keysOf(network, address);
    const items = await batchGet(client, table, [key, older]);
    const [item, olderItem] = [key, older].map(({ pk }) => items.find((each) => each.pk === pk));
    const found = item ?? olderItem;
    const opener = found && (await secrets.opener('withdrawals'));
    return { key, older, digest, item, olderItem, denied: opener && openDenied(opener, deniedOf(found)) };
  }

  /** Deletes an item, or requires that there is none. The migration moves an item from its older key to the other. */
  const deletion = (key: Item, item: Item | undefined): TransactItem => ({
    Delete: { TableName: table, Key: key, ...unchanged(item) },
  });

  return {
    async put(before, denied, event) {
      const [{ item, digest, older, olderItem, denied: stored }, sealer] = await Promise.all([
        find(denied.network, denied.address),
        secrets.sealer('withdrawals'),
      ]);
      if (!isSame(stored, before)) return false;
      const put = { TableName: table, Item: deniedItem(sealDenied(sealer, digest, denied)), ...unchanged(item) };
      const written = await transactWrite(client, [
        { Put: put },
        deletion(older, olderItem),
        appendToOutbox(tables.events, event),
      ]);
      return written.done;
    },

    async remove(before, event, decision) {
      const { key, item, older, olderItem, denied } = await find(before.network, before.address);
      if (!denied || !isSame(denied, before)) return false;
      const written = await transactWrite(client, [
        deletion(key, item),
        deletion(older, olderItem),
        appendToOutbox(tables.events, event),
        ...(decision ? Object.values(approvalPuts(decision)) : []),
      ]);
      return written.done;
    },

    digestOf: async (network, address) => (await keysOf(network, address)).digest,

    async readDigest(network, digest) {
      const item = await getItem(client, table, deniedKey(network, digest));
      return item && openDenied(await secrets.opener('withdrawals'), deniedOf(item));
    },

    read: async (network, address) => (await find(network, address)).denied,

    async has(network, address) {
      const { key, older } = await keysOf(network, address);
      return (await batchGet(client, table, [key, older])).length > 0;
    },

    async list(network, page) {
      const keyOf = (digest: string) => deniedKey(network, digest);
      const parseId = (text: string) => text || undefined;
      const listing = { table, partition: deniedPartition(network), parseId, keyOf, decode: deniedOf };
      const found = await newestFirst(client, listing, page);
      const opener = await secrets.opener('withdrawals');
      return { ...found, items: found.items.map((denied) => openDenied(opener, denied)) };
    },
  };
}
