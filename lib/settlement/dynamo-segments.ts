import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { dayPartition, SETTLED_ATTRIBUTES, settledColumnsOf } from '../transactions/items.ts';
import type { ReadSegments } from './ports.ts';

/** A page is one Query, which reads up to 1 MB: it sees every row that was acknowledged before it began. */
export function dynamoSegments(client: DynamoDBDocumentClient, table: string): ReadSegments {
  return async function* (day, shard) {
    const pk = dayPartition(day, shard);
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ProjectionExpression: SETTLED_ATTRIBUTES,
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      yield Items.map((item) => settledColumnsOf({ pk, ...item }));
    }
  };
}
