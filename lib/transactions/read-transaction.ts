import { orNotFound } from '../kernel/errors.ts';
import type { TransactionStore } from './ports.ts';
import { ID, type Transaction, type TransactionId } from './transaction.ts';

/** @throws AppError NOT_FOUND */
export async function readTransaction(
  { transactions }: { transactions: TransactionStore },
  id: string,
): Promise<Transaction> {
  const found = ID.test(id) ? await transactions.read(id as TransactionId) : undefined;
  return orNotFound(found, 'There is no such transaction.');
}
