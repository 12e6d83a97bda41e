import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { Transaction, TransactionId } from './transaction.ts';

/** A row is new, is stored already, or is refused because its id belongs to another row. */
export type Stored = 'stored' | 'unchanged' | { readonly known: Transaction };

export type EventOfRows = (rows: readonly [Transaction, ...Transaction[]]) => DomainEvent;

export interface TransactionStore {
  /**
   * Stores rows with distinct ids; durable when it resolves. Each group of rows is stored whole or not at all, so a call
   * that crashed can be repeated.
   * @param recorded the event of rows that are stored together; without it they have none
   * @returns the outcome of each row, in order
   */
  insert(transactions: readonly Transaction[], recorded?: EventOfRows): Promise<Stored[]>;
  read(id: TransactionId): Promise<Transaction | undefined>;
}

export type TransactionDeps = EventDeps & { readonly transactions: TransactionStore };
