import { uniqBy } from 'es-toolkit';
import { AppError } from '../kernel/errors.ts';
import type { TransactionStore } from './ports.ts';
import { differences, type Transaction } from './transaction.ts';

export type StoredCounts = { readonly received: number; readonly stored: number; readonly unchanged: number };

/**
 * Stores rows, each once, however often it is sent. Rows are independent: a row whose id belongs to another row is reported
 * by its index, and the other rows are stored.
 * @throws AppError IDEMPOTENCY_MISMATCH naming each row that was refused and the fields in which it differs
 * @throws AppError RATE_LIMITED others write the same rows; some of these may be stored
 */
export async function storeTransactions(
  deps: { readonly transactions: TransactionStore },
  rows: readonly Transaction[],
): Promise<StoredCounts> {
  const distinct = uniqBy(rows, ({ id }) => id);
  const outcomes = await deps.transactions.insert(distinct).catch(notAllStored);
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
  const changed = rows.filter(({ id }) => typeof byId.get(id) === 'object').length;
  const unchanged = rows.length - changed - stored;
  if (changed > 0) {
    throw new AppError('IDEMPOTENCY_MISMATCH', {
      message: `Not taken: ${changed} of ${rows.length} rows, which differ from what is known under their ids. Of the others ${stored} were stored and ${unchanged} are unchanged.`,
      details,
    });
  }
  return { received: rows.length, stored, unchanged };
}

/** A call is several transactions: one may fail after others were stored. */
function notAllStored(error: unknown): never {
  if (!(error instanceof AppError && error.code === 'RATE_LIMITED')) throw error;
  throw new AppError('RATE_LIMITED', {
    message: 'Others write the same rows at this moment. Some rows may be stored; send the same call again.',
    retryAfter: 1,
  });
}
