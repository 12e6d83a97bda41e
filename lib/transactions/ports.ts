import type { Transaction, TransactionId } from './transaction.ts';

/** What became of a row: new, there already, or refused because its id stands for another one. */
export type Stored = 'stored' | 'unchanged' | { readonly known: Transaction };

export interface TransactionStore {
  /**
   * Stores rows with distinct ids; durable when it resolves. In groups that each are stored whole or not at all, so
   * whoever dies in it may do it again.
   * @returns what became of each, in order
   */
  insert(transactions: readonly Transaction[]): Promise<Stored[]>;
  read(id: TransactionId): Promise<Transaction | undefined>;
}
