import { type DynamoDBDocumentClient, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { AppError } from '../kernel/errors.ts';

type Item = Record<string, unknown>;

export type Page = { readonly limit: number; readonly cursor?: string };

/**
 * One page of what `gsi1` lists under one partition, newest first: `gsi1sk` is `<time of creation>#<id>`.
 * @param keyOf the key of the item with this id; undefined if nothing can have that id
 * @throws AppError VALIDATION_ERROR for a cursor that was not given out
 */
export async function newestFirst(
  client: DynamoDBDocumentClient,
  table: string,
  partition: string,
  { limit, cursor }: Page,
  keyOf: (id: string) => Item | undefined,
): Promise<{ items: Item[]; cursor?: string }> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :all',
      ExpressionAttributeValues: { ':all': partition },
      ScanIndexForward: false,
      Limit: limit,
      ...(cursor === undefined ? {} : { ExclusiveStartKey: startKey(partition, cursor, keyOf) }),
    }),
  );
  return {
    items: Items,
    ...(LastEvaluatedKey ? { cursor: Buffer.from(`${LastEvaluatedKey.gsi1sk}`).toString('base64url') } : {}),
  };
}

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
  const ids: Id[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      IndexName: index,
      KeyConditionExpression: `${index}pk = :partition`,
      ExpressionAttributeValues: { ':partition': partition },
    },
  );
  for await (const { Items = [] } of pages) ids.push(...Items.map((item) => item[`${index}sk`] as Id));
  return ids;
}
