import { uniqBy } from 'es-toolkit';
import { AppError } from '../kernel/errors.ts';
import type { TransactionDeps } from './ports.ts';
import { differences, type Transaction } from './transaction.ts';
import { transactionsStored } from './transaction-events.ts';

export type StoredCounts = { readonly received: number; readonly stored: number; readonly unchanged: number };

/**
 * Stores each row once, also if it is sent again. Rows are independent: a row whose id belongs to another row is reported by
 * its index, and the other rows are stored.
 * @throws AppError IDEMPOTENCY_MISMATCH naming each row that was refused and the fields in which it differs
 * @throws AppError RATE_LIMITED other requests write the same rows; some rows may be stored
 */
export async function storeTransactions(deps: TransactionDeps, rows: readonly Transaction[]): Promise<StoredCounts> {
  const distinct = uniqBy(rows, ({ id }) => id);
  const outcomes = await deps.transactions
    .insert(distinct, (stored) => transactionsStored(deps, stored))
    .catch(notAllStored);
  const byId = new Map(distinct.map(({ id }, index) => [id, outcomes[index]]));
  const details = rows.flatMap((row, index) => {
    const outcome = byId.get(row.id);
    if (typeof outcome !== 'object') return [];
    return differences(outcome.known, row).map((field) => ({
      path: `transactions[${index}].${field}`,
      reason: `differs from the stored row ${row.id}`,
    }));
  });
  const stored = outcomes.filter((outcome) => outcome === 'stored').length;
  const changed = rows.filter(({ id }) => typeof byId.get(id) === 'object').length;
  const unchanged = rows.length - changed - stored;
  if (changed > 0) {
    throw new AppError('IDEMPOTENCY_MISMATCH', {
      message: `${changed} of ${rows.length} rows were refused: other rows are stored under their ids. Of the rest, ${stored} were stored and ${unchanged} are unchanged.`,
      details,
    });
  }
  return { received: rows.length, stored, unchanged };
}

/** A request needs several transactions: one may fail after others were stored. */
function notAllStored(error: unknown): never {
  if (!(error instanceof AppError && error.code === 'RATE_LIMITED')) throw error;
  throw new AppError('RATE_LIMITED', {
    message: 'Other requests write the same rows. Some rows may be stored; send the same request again.',
    retryAfter: 1,
  });
}
