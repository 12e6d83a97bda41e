import { transactions } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { storeTransactions } from '../../lib/transactions/store-transactions.ts';
import { readTransactions } from '../../lib/transactions/transactions-request.ts';

/** POST /transactions */
export const handler = http({ body: readTransactions }, async ({ body }) => {
  return { status: 200, body: await storeTransactions(transactions(), body) };
});
