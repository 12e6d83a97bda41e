import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { dayPartition, merchantOf } from '../transactions/items.ts';
import type { ReadSegments, SegmentColumns } from './ports.ts';

/** A page is one Query, which reads up to 1 MB: it sees every row that was acknowledged before it began. */
export function dynamoSegments(client: DynamoDBDocumentClient, table: string): ReadSegments {
  return async function* (day, shard) {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': dayPartition(day, shard) },
        ProjectionExpression: 'sk, statuses, amounts, fees',
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      yield Items.map((item): SegmentColumns => {
        const { statuses, amounts, fees } = item as Omit<SegmentColumns, 'merchantId'>;
        return { merchantId: merchantOf(item), statuses, amounts, fees };
      });
    }
  };
}
