import type { Transaction, TransactionId } from './transaction.ts';

/** A row is new, is stored already, or is refused because its id belongs to another row. */
export type Stored = 'stored' | 'unchanged' | { readonly known: Transaction };

export interface TransactionStore {
  /**
   * Stores rows with distinct ids; durable when it resolves. Each group of rows is stored whole or not at all, so a call
   * that crashed can be repeated.
   * @returns the outcome of each row, in order
   */
  insert(transactions: readonly Transaction[]): Promise<Stored[]>;
  read(id: TransactionId): Promise<Transaction | undefined>;
}
