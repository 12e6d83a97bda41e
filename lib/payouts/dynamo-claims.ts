import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { chunk as splitInto, uniqBy } from 'es-toolkit';
import pMap from 'p-map';
import { batchGet } from '../aws/read.ts';
import { type TransactItem, transactWrite } from '../aws/transact.ts';
import { deleteItem } from '../aws/update.ts';
import type { Item } from '../kernel/codec.ts';
import { MAX_TRANSACTION_ITEMS } from '../kernel/limits.ts';
import { batchOfHolder, type Claim, type Holder } from './claim.ts';
import type { ClaimStore, ClaimWrite } from './claim-store.ts';
import { batchStateOf } from './dynamo-batch-items.ts';
import { chunkOf } from './dynamo-chunk-items.ts';
import { claimItem, claimOfItem } from './dynamo-claim-items.ts';
import { statusOf } from './dynamo-payout-items.ts';
import { placeOf } from './ids.ts';
import { batchKey, chunkKey, claimKey, payoutKey } from './items.ts';

const KEYS_PER_READ = 100;
const PARALLEL_CALLS = 8;

export function dynamoClaims(client: DynamoDBDocumentClient, table: string): ClaimStore {
  async function readAll(keys: readonly Item[]): Promise<Item[]> {
    const groups = splitInto([...keys], KEYS_PER_READ);
    return (await pMap(groups, (some) => batchGet(client, table, some), { concurrency: PARALLEL_CALLS })).flat();
  }

  return {
    read: async (keys) => (await readAll(keys.map(claimKey))).map(claimOfItem),

    async holders(claims) {
      const places = claims.map(({ holder }) => placeOf(holder));
      const keys = [
        ...places.map(payoutKey),
        ...places.map(({ batchId, chunk }) => chunkKey(batchId, chunk)),
        ...claims.map((claim) => batchKey(batchOfHolder(claim))),
      ];
      const found = new Map((await readAll(uniqBy(keys, nameOfKey))).map((item) => [nameOfKey(item), item]));
      return claims.map((claim): Holder => {
        const { batchId, chunk } = placeOf(claim.holder);
        const [batch, itsChunk, payout] = [
          batchKey(batchId),
          chunkKey(batchId, chunk),
          payoutKey(placeOf(claim.holder)),
        ].map((key) => found.get(nameOfKey(key)));
        return {
          batch: batch && batchStateOf(batch),
          chunkRun: itsChunk ? chunkOf(itsChunk).run : 0,
          status: payout && statusOf(payout).status,
        };
      });
    },

    async take(claims) {
      const refused = await pMap(
        splitInto([...claims], MAX_TRANSACTION_ITEMS),
        async (some) => {
          const written = await transactWrite(
            client,
            some.map((claim) => putClaim(table, claim)),
          );
          return written.done ? [] : some.filter((_, index) => written.refused.has(index));
        },
        { concurrency: PARALLEL_CALLS },
      );
      return refused.flat().length === 0;
    },

    async release(claims) {
      const release = (claim: Claim) =>
        deleteItem(client, {
          TableName: table,
          Key: claimKey(claim),
          ConditionExpression: 'stamp = :stamp',
          ExpressionAttributeValues: { ':stamp': claim.stamp },
        });
      await pMap(claims, release, { concurrency: PARALLEL_CALLS });
    },
  };
}

const nameOfKey = ({ pk, sk }: Item) => `${pk} ${sk}`;

/** Stores a claim if its key is as it was seen. */
export function putClaim(table: string, { claim, seen }: ClaimWrite): TransactItem {
  return {
    Put: {
      TableName: table,
      Item: claimItem(claim),
      ...(seen
        ? { ConditionExpression: 'stamp = :seen', ExpressionAttributeValues: { ':seen': seen.stamp } }
        : { ConditionExpression: 'attribute_not_exists(pk)' }),
    },
  };
}
