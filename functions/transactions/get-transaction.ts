import { transactions } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { ID, type TransactionId } from '../../lib/transactions/transaction.ts';
import { transactionView } from '../../lib/transactions/view.ts';

/** GET /transactions/{transaction_id} */
export const handler = http({}, async (request) => {
  const id = request.path('transaction_id');
  const transaction = ID.test(id) ? await transactions().transactions.read(id as TransactionId) : undefined;
  if (!transaction) throw new AppError('NOT_FOUND', { message: 'There is no such transaction.' });
  return { status: 200, body: transactionView(transaction) };
});
