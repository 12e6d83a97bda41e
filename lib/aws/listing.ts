import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { Item } from '../kernel/codec.ts';
import { AppError } from '../kernel/errors.ts';
import { queryAll } from './read.ts';

/** `where`: only items with this value of one attribute; such a page may be short, even empty, and go on. */
export type Page = {
  readonly limit: number;
  readonly cursor?: string;
  readonly where?: Readonly<Record<string, string>>;
};

/** Items that are looked at for one page when only some of them are asked for. */
const MAX_ITEMS_READ = 2_000;

/**
 * One page of what `gsi1` lists under one partition, newest first: `gsi1sk` is `<time of creation>#<id>`.
 * @param keyOf the key of the item with this id; undefined if nothing can have that id
 * @throws AppError VALIDATION_ERROR for a cursor that was not given out
 */
export async function newestFirst(
  client: DynamoDBDocumentClient,
  table: string,
  partition: string,
  { limit, cursor, where }: Page,
  keyOf: (id: string) => Item | undefined,
): Promise<{ items: Item[]; cursor?: string }> {
  const items: Item[] = [];
  let from = cursor === undefined ? undefined : startKey(partition, cursor, keyOf);
  for (let looked = 0; looked < MAX_ITEMS_READ; ) {
    // One more than is shown, to know whether there is a next page.
    const wanted = where === undefined ? limit + 1 - items.length : limit + 1;
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'gsi1',
        KeyConditionExpression: 'gsi1pk = :all',
        ExpressionAttributeValues: { ':all': partition },
        ScanIndexForward: false,
        Limit: wanted,
        ExclusiveStartKey: from,
      }),
    );
    items.push(...(page.Items ?? []).filter((item) => matches(item, where)));
    if (items.length > limit) return { items: items.slice(0, limit), cursor: cursorAfter(items[limit - 1]) };
    if (!page.LastEvaluatedKey) return { items };
    from = page.LastEvaluatedKey;
    looked += wanted;
  }
  return { items, cursor: cursorAfter(from) };
}

function matches(item: Item, where: Page['where'] = {}): boolean {
  return Object.entries(where).every(([name, value]) => item[name] === value);
}

const cursorAfter = (item: Item | undefined) => Buffer.from(`${item?.gsi1sk}`).toString('base64url');

function startKey(partition: string, cursor: string, keyOf: (id: string) => Item | undefined): Item {
  const gsi1sk = Buffer.from(cursor, 'base64url').toString();
  const [, id = ''] = /^[\dTZ:.-]+#(.+)$/.exec(gsi1sk) ?? [];
  const key = keyOf(id);
  if (!key) {
    throw new AppError('VALIDATION_ERROR', {
      details: [{ path: 'page_token', reason: 'is not one that was given out' }],
    });
  }
  return { gsi1pk: partition, gsi1sk, ...key };
}

/** The sort keys of one partition of a sparse index, which are the ids of what it lists. May lag behind the last writes. */
export async function sparseIds<Id extends string>(
  client: DynamoDBDocumentClient,
  table: string,
  index: 'gsi1' | 'gsi2',
  partition: string,
): Promise<Id[]> {
  const items = await queryAll(client, {
    TableName: table,
    IndexName: index,
    KeyConditionExpression: `${index}pk = :partition`,
    ExpressionAttributeValues: { ':partition': partition },
  });
  return items.map((item) => item[`${index}sk`] as Id);
}
