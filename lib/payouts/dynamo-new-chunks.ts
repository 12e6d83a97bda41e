import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { groupForTransactions, putNewItem, type TransactItem, transactWrite } from '../aws/transact.ts';
import type { Sealer, Secrets } from '../crypto/index.ts';
import type { BatchStore, NewChunk } from './batch-store.ts';
import { chunkItem } from './dynamo-chunk-items.ts';
import { duplicatesItem } from './dynamo-claim-items.ts';
import { putClaim } from './dynamo-claims.ts';
import { payoutItem, sealPayout } from './dynamo-payout-items.ts';
import { duplicatesKey } from './items.ts';

const PARALLEL_TRANSACTIONS = 4;

/** Several chunks in one transaction, as many as fit. See {@link BatchStore.insertChunks}. */
export async function insertNewChunks(
  client: DynamoDBDocumentClient,
  table: string,
  secrets: Secrets,
  chunks: readonly NewChunk[],
): Promise<NewChunk[]> {
  const sealer = await secrets.sealer('payouts');
  const groups = groupForTransactions(chunks, itemCountOf);
  const insert = (group: NewChunk[]) => insertGroup(client, table, sealer, group);
  return (await pMap(groups, insert, { concurrency: PARALLEL_TRANSACTIONS })).flat();
}

const itemCountOf = ({ payouts, claims = [], duplicates = [] }: NewChunk) =>
  1 + payouts.length + claims.length + Math.min(duplicates.length, 1);

function itemsOfChunk(
  table: string,
  sealer: Sealer,
  { chunk, payouts, claims = [], duplicates = [] }: NewChunk,
): TransactItem[] {
  const item = { ...duplicatesKey(chunk.batchId, chunk.number), ...duplicatesItem({ duplicates }) };
  return [
    putNewItem(table, chunkItem(chunk)),
    ...claims.map((claim) => putClaim(table, claim)),
    ...payouts.map((payout) => ({ Put: { TableName: table, Item: payoutItem(sealPayout(sealer, payout)) } })),
    ...(duplicates.length === 0 ? [] : [{ Put: { TableName: table, Item: item } }]),
  ];
}

/**
 * A chunk that is stored already refuses the transaction, and so does a key that another payout has claimed. The next
 * transaction leaves out these chunks.
 * @returns the chunks with such keys
 */
async function insertGroup(
  client: DynamoDBDocumentClient,
  table: string,
  sealer: Sealer,
  group: NewChunk[],
): Promise<NewChunk[]> {
  const items = group.map((chunk) => itemsOfChunk(table, sealer, chunk));
  const written = await transactWrite(client, items.flat());
  if (written.done) return [];
  const refusals = items.map((own, index) => {
    const first = items.slice(0, index).reduce((sum, { length }) => sum + length, 0);
    if (written.refused.has(first)) return 'stored';
    return own.some((_, at) => written.refused.has(first + at)) ? 'claimed' : undefined;
  });
  const free = group.filter((_, index) => refusals[index] === undefined);
  const claimed = group.filter((_, index) => refusals[index] === 'claimed');
  return free.length === 0 ? claimed : [...claimed, ...(await insertGroup(client, table, sealer, free))];
}
