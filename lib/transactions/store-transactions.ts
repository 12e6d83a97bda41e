import { uniqBy } from 'es-toolkit';
import { AppError } from '../kernel/errors.ts';
import type { TransactionStore } from './ports.ts';
import { differences, type Transaction } from './transaction.ts';

export type StoredCounts = { readonly received: number; readonly stored: number; readonly unchanged: number };

/**
 * Stores rows, each once however often it comes. Rows do not depend on each other: those whose id stands for another
 * row are reported by their index, and the others are stored all the same.
 * @throws AppError IDEMPOTENCY_MISMATCH naming each row that was refused and the fields in which it differs
 */
export async function storeTransactions(
  deps: { readonly transactions: TransactionStore },
  rows: readonly Transaction[],
): Promise<StoredCounts> {
  const distinct = uniqBy(rows, ({ id }) => id);
  const outcomes = await deps.transactions.insert(distinct);
  const byId = new Map(distinct.map(({ id }, index) => [id, outcomes[index]]));
  const details = rows.flatMap((row, index) => {
    const outcome = byId.get(row.id);
    if (typeof outcome !== 'object') return [];
    return differences(outcome.known, row).map((field) => ({
      path: `transactions[${index}].${field}`,
      reason: `differs from the row that is known as ${row.id}`,
    }));
  });
  const stored = outcomes.filter((outcome) => outcome === 'stored').length;
  const changed = outcomes.filter((outcome) => typeof outcome === 'object').length;
  if (changed > 0) {
    throw new AppError('IDEMPOTENCY_MISMATCH', {
      message: `${changed} of ${rows.length} rows differ from what is known under their ids and were not taken; the others are stored.`,
      details,
    });
  }
  return { received: rows.length, stored, unchanged: rows.length - stored };
}
