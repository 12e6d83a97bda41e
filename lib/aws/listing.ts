import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { Item } from '../kernel/codec.ts';
import { cursorOf, type Page, type PageRequest, positionIn, unknownCursor } from '../kernel/page.ts';
import { queryAll } from './read.ts';

/** What `gsi1` lists in one partition: `gsi1sk` is `<time of creation>#<id>`. */
type Listing<Id, Entity> = {
  readonly table: string;
  readonly partition: string;
  /** @returns undefined if no item can have this id */
  readonly parseId: (text: string) => Id | undefined;
  readonly keyOf: (id: Id) => Item;
  readonly decode: (item: Item) => Entity;
  /** Only items with this value of the attribute. Such a page may be short, even empty, and not be the last one. */
  readonly where?: Readonly<Record<string, string>>;
};

/** The most items that are read for one page with a filter. */
const MAX_ITEMS_READ = 2_000;

/** One page of a list, newest first. @throws AppError VALIDATION_ERROR no page of this list had the cursor */
export async function newestFirst<Id, Entity>(
  client: DynamoDBDocumentClient,
  listing: Listing<Id, Entity>,
  { limit, cursor }: PageRequest,
): Promise<Page<Entity>> {
  const { table, partition, where, decode } = listing;
  const items: Item[] = [];
  let from = cursor === undefined ? undefined : startKey(listing, cursor);
  for (let read = 0; read < MAX_ITEMS_READ; ) {
    // One more than the page has, to know whether there is a next page.
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
    if (items.length > limit)
      return { items: items.slice(0, limit).map(decode), cursor: cursorAfter(items[limit - 1]) };
    if (!page.LastEvaluatedKey) return { items: items.map(decode) };
    from = page.LastEvaluatedKey;
    read += wanted;
  }
  return { items: items.map(decode), cursor: cursorAfter(from) };
}

function matches(item: Item, where: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(where).every(([name, value]) => item[name] === value);
}

const cursorAfter = (item: Item | undefined) => cursorOf(`${item?.gsi1sk}`);

function startKey<Id>({ partition, parseId, keyOf }: Listing<Id, unknown>, cursor: string): Item {
  const gsi1sk = positionIn(cursor);
  const [, text = ''] = /^[\dTZ:.-]+#(.+)$/.exec(gsi1sk) ?? [];
  const id = parseId(text);
  if (id === undefined) throw unknownCursor();
  return { gsi1pk: partition, gsi1sk, ...keyOf(id) };
}

/** The ids in one partition of a sparse index, which are its sort keys. They may lag behind the last writes. */
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

/** The ids whose time has come, the oldest first: `gsi2sk` is `<time>#<id>`. They may lag behind the last writes. */
export async function overdueIds<Id extends string>(
  client: DynamoDBDocumentClient,
  table: string,
  partition: string,
  now: number,
): Promise<Id[]> {
  const items = await queryAll(client, {
    TableName: table,
    IndexName: 'gsi2',
    KeyConditionExpression: 'gsi2pk = :partition AND gsi2sk < :until',
    // "~" comes after "#", so what is due at `now` is among them.
    ExpressionAttributeValues: { ':partition': partition, ':until': `${new Date(now).toISOString()}~` },
  });
  return items.map(({ gsi2sk }) => `${gsi2sk}`.slice(`${gsi2sk}`.indexOf('#') + 1) as Id);
}
