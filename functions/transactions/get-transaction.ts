import { transactions } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readTransaction } from '../../lib/transactions/read-transaction.ts';
import { transactionView } from '../../lib/transactions/view.ts';

/** GET /transactions/{transaction_id} */
export const handler = http({}, async ({ path }) => ({
  status: 200,
  body: transactionView(await readTransaction(transactions(), path('transaction_id'))),
}));
