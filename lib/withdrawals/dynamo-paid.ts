import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { PaidPayments } from '../access/index.ts';
import { scanPage } from '../aws/read.ts';
import type { Secrets } from '../crypto/index.ts';
import { askedPayment } from './approve-withdrawal.ts';
import { openWithdrawal, withdrawalOf } from './items.ts';

export function dynamoPaidWithdrawals(
  client: DynamoDBDocumentClient,
  table: string,
  secrets: Pick<Secrets, 'opener'>,
): PaidPayments {
  const filter = {
    FilterExpression: 'sk = :withdrawal AND #status = :completed',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':withdrawal': 'WITHDRAWAL', ':completed': 'COMPLETED' },
  };
  return {
    async page(cursor) {
      const { items, next } = await scanPage(client, { TableName: table, ...filter }, cursor);
      const opener = await secrets.opener('withdrawals');
      return { paid: items.map((item) => askedPayment(openWithdrawal(opener, withdrawalOf(item)))), next };
    },
  };
}
