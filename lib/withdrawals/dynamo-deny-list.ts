import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { newestFirst } from '../aws/listing.ts';
import { batchGet } from '../aws/read.ts';
import type { Secrets } from '../crypto/index.ts';
import type { Item } from '../kernel/codec.ts';
import type { Network } from './assets.ts';
import { addressDigest, deniedItem, deniedKey, deniedOf, deniedPartition, openDenied, sealDenied } from './items.ts';
import type { DenyList } from './ports.ts';

export function dynamoDenyList(client: DynamoDBDocumentClient, table: string, secrets: Secrets): DenyList {
  /** `older`: of versions before data version 5, which had the address in the key. */
  async function keysOf(network: Network, address: string) {
    const digest = addressDigest(await secrets.hmac(), network, address);
    return { digest, key: deniedKey(network, digest), older: deniedKey(network, address) };
  }

  /** @returns whether the item existed */
  async function deleted(key: Item): Promise<boolean> {
    const { Attributes } = await client.send(
      new DeleteCommand({ TableName: table, Key: key, ReturnValues: 'ALL_OLD' }),
    );
    return Attributes !== undefined;
  }

  return {
    async put(denied) {
      const [{ digest, older }, sealer] = await Promise.all([
        keysOf(denied.network, denied.address),
        secrets.sealer('withdrawals'),
      ]);
      const Item = deniedItem(sealDenied(sealer, digest, denied));
      const { Attributes } = await client.send(new PutCommand({ TableName: table, Item, ReturnValues: 'ALL_OLD' }));
      return !(await deleted(older)) && Attributes === undefined;
    },

    /** The older item first: the migration stores the newer one only while the older one exists. */
    async remove(network, address) {
      const { key, older } = await keysOf(network, address);
      const wasOlder = await deleted(older);
      return (await deleted(key)) || wasOlder;
    },

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
