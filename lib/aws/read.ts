import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { isNotNil } from 'es-toolkit';
import type { Item } from '../kernel/codec.ts';
import { retryRest } from './retry-rest.ts';
import { together } from './together.ts';

/** Reads an item consistently. */
export async function getItem(client: DynamoDBDocumentClient, table: string, key: Item): Promise<Item | undefined> {
  return (await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
}

/** Reads up to 100 items by their keys, consistently and in no order. The result has only the items that exist. */
export async function batchGet(client: DynamoDBDocumentClient, table: string, keys: Item[]): Promise<Item[]> {
  const items: Item[] = [];
  await retryRest(keys, `keys of ${table} unread`, async (left) => {
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: true } } }),
    );
    items.push(...(Responses[table] ?? []));
    return UnprocessedKeys[table]?.Keys ?? [];
  });
  return items;
}

const KEYS_PER_CALL = 100;

/** {@link batchGet} for requests that read a few items each. Those that meet are one call. */
export function sharedReads(client: DynamoDBDocumentClient, table: string): (keys: Item[]) => Promise<Item[]> {
  return together(fewEnough, async (parts) => {
    const keys = new Map(parts.flat().map((key) => [nameOf(key), key]));
    const items = await batchGet(client, table, [...keys.values()]);
    const found = new Map(items.map((item) => [nameOf(item), item] as const));
    return parts.map((part) => part.map((key) => found.get(nameOf(key))).filter(isNotNil));
  });
}

/** The keys of one call. */
function fewEnough(waiting: readonly Item[][]): ReadonlySet<Item[]> {
  let room = KEYS_PER_CALL;
  const taken = new Set<Item[]>();
  for (const keys of waiting) {
    room -= keys.length;
    if (room < 0 && taken.size > 0) break;
    taken.add(keys);
  }
  return taken;
}

const nameOf = ({ pk, sk }: Item) => JSON.stringify([pk, sk]);

const SCANNED_ITEMS = 200;

/**
 * Reads the next items of a table, consistently.
 * @param cursor `next` of the page before. It has the keys of an item.
 */
export async function scanPage(
  client: DynamoDBDocumentClient,
  scan: ScanCommandInput,
  cursor?: string,
): Promise<{ items: Item[]; next: string | undefined }> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new ScanCommand({
      ...scan,
      Limit: scan.Limit ?? SCANNED_ITEMS,
      ConsistentRead: true,
      ExclusiveStartKey: cursor === undefined ? undefined : JSON.parse(cursor),
    }),
  );
  return { items: Items, next: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey) };
}

/** Reads all pages of a query. */
export async function queryAll(client: DynamoDBDocumentClient, query: QueryCommandInput): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, query)) items.push(...Items);
  return items;
}
