import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Item } from '../kernel/codec.ts';

/** A shard rarely has more than its share of a page and these. */
const MORE_THAN_SHARE = 8;

/**
 * The first items of several partitions together, in the order of their sort key: the partitions are read in pages until each
 * has been read far enough.
 * @param shards a query for each partition
 */
export async function firstOfShards(
  client: DynamoDBDocumentClient,
  shards: readonly QueryCommandInput[],
  sortKey: string,
  limit: number,
): Promise<Item[]> {
  const Limit = Math.ceil(limit / shards.length) + MORE_THAN_SHARE;
  const at = (item: Item | undefined) => `${item?.[sortKey]}`;
  let open = shards;
  let items: Item[] = [];
  for (;;) {
    const pages = await Promise.all(
      open.map(async (shard) => {
        const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand({ ...shard, Limit }));
        return { items: Items, next: LastEvaluatedKey && { ...shard, ExclusiveStartKey: LastEvaluatedKey } };
      }),
    );
    items = [...items, ...pages.flatMap((page) => page.items)].sort((a, b) => (at(a) < at(b) ? -1 : 1));
    open = pages.flatMap(({ next }) => next ?? []);
    const [end] = open.map(({ ExclusiveStartKey }) => at(ExclusiveStartKey)).sort();
    const known = end === undefined ? items : items.filter((item) => at(item) <= end);
    if (end === undefined || known.length >= limit) return known.slice(0, limit);
  }
}
