import { AppError, type ErrorDetail } from '../kernel/errors.ts';
import { readRow } from './row.ts';
import { differences, type Transaction, type TransactionId } from './transaction.ts';

/** The most rows of one request. POST /transactions/imports takes larger files. */
export const MAX_ROWS = 1_000;

/**
 * The rows of a body: `{"transactions": [...]}`, a list, or a single row.
 * @throws AppError VALIDATION_ERROR naming every bad row by its index
 */
export function readTransactions(body: unknown): Transaction[] {
  const rows = rowsIn(body);
  if (rows.length === 0) throw invalid([{ path: 'transactions', reason: 'must have at least one row' }]);
  if (rows.length > MAX_ROWS) {
    const reason = `must have at most ${MAX_ROWS} rows, not ${rows.length}; for files there is POST /transactions/imports`;
    throw invalid([{ path: 'transactions', reason }]);
  }
  const problems: ErrorDetail[] = [];
  const transactions: Transaction[] = [];
  const firstIndex = new Map<TransactionId, number>();
  for (const [index, row] of rows.entries()) {
    const read = readRow(row);
    const at = (path: string) => (path === '' ? `transactions[${index}]` : `transactions[${index}].${path}`);
    if (Array.isArray(read)) {
      problems.push(...read.map(({ path, reason }) => ({ path: at(path), reason })));
      continue;
    }
    transactions.push(read);
    const first = firstIndex.get(read.id);
    if (first === undefined) firstIndex.set(read.id, index);
    else problems.push(...repeated(readRow(rows[first]), read, first, at));
  }
  if (problems.length > 0) throw invalid(problems);
  return transactions;
}

function rowsIn(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null) {
    throw invalid([{ path: '', reason: 'must be {"transactions": [...]}' }]);
  }
  if (!('transactions' in body)) return [body];
  if (Array.isArray(body.transactions)) return body.transactions;
  throw invalid([{ path: 'transactions', reason: 'must be a list' }]);
}

/** An identical row is a harmless repetition; a different row under the same id is the caller's mistake. */
function repeated(
  first: Transaction | ErrorDetail[],
  again: Transaction,
  firstIndex: number,
  at: (path: string) => string,
): ErrorDetail[] {
  if (Array.isArray(first) || differences(first, again).length === 0) return [];
  return [{ path: at('id'), reason: `is also the id of transactions[${firstIndex}], which is a different row` }];
}

function invalid(details: ErrorDetail[]): AppError {
  return new AppError('VALIDATION_ERROR', { details });
}
