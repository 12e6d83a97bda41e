import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { PaidPayments } from '../access/index.ts';
import { scanPage } from '../aws/read.ts';
import type { Secrets } from '../crypto/index.ts';
import { askedPayments } from './approve-batch.ts';
import { openPayout, payoutOf } from './dynamo-payout-items.ts';

/** @param pageSize items that one page reads, of every kind */
export function dynamoPaidPayouts(
  client: DynamoDBDocumentClient,
  table: string,
  secrets: Pick<Secrets, 'opener'>,
  pageSize?: number,
): PaidPayments {
  const filter = {
    FilterExpression: 'begins_with(sk, :payout) AND #status = :completed',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':payout': 'PAYOUT#', ':completed': 'completed' },
  };
  return {
    async page(cursor) {
      const { items, next } = await scanPage(client, { TableName: table, Limit: pageSize, ...filter }, cursor);
      const opener = await secrets.opener('payouts');
      return { paid: askedPayments(items.map((item) => openPayout(opener, payoutOf(item)))), next };
    },
  };
}
