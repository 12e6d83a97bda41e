import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Transaction } from './transaction.ts';

/** Rows that are stored together. A row is stored once, so the first one identifies them. */
export function transactionsStored(deps: EventDeps, rows: readonly [Transaction, ...Transaction[]]): DomainEvent {
  const [{ id: first }] = rows;
  const data = {
    first_id: first,
    last_id: rows.at(-1)?.id ?? first,
    count: rows.length,
    gross_cents: `${rows.reduce((sum, { amountCents }) => sum + amountCents, 0n)}`,
  };
  return eventOf(deps, { type: 'transactions.stored', source: '/sluice/transactions', subject: first, data });
}
