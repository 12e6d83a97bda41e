import { z } from 'zod';
import { ExactNumber } from '../kernel/exact-json.ts';
import { object } from '../kernel/fields.ts';
import { transactionOf, transactionRow } from './row.ts';
import { differences, type Transaction, type TransactionId } from './transaction.ts';

/** The most rows of one request. POST /transactions/imports takes larger files. */
const MAX_ROWS = 1_000;

/** An identical row is a harmless repetition; a different row under the same id is the caller's mistake. */
const sameIdSameRow = z.core._check<z.output<typeof transactionRow>[]>(
  ({ value, issues }) => {
    const invalid = new Set(issues.map(({ path }) => path?.[0]));
    const firstOf = new Map<TransactionId, { readonly index: number; readonly row: Transaction }>();
    for (const [index, given] of value.entries()) {
      if (invalid.has(index)) continue;
      const row = transactionOf(given);
      const first = firstOf.get(row.id);
      if (first === undefined) firstOf.set(row.id, { index, row });
      else if (differences(first.row, row).length > 0) {
        const message = `is also the id of transactions[${first.index}], which is a different row`;
        issues.push({ code: 'custom', path: [index, 'id'], message, input: given.id });
      }
    }
  },
  // Also if some rows are invalid, so that a caller sees all problems at once.
  { when: ({ value }) => Array.isArray(value) },
);

const list = z.preprocess(
  (given, context) => {
    if (!Array.isArray(given)) return given;
    // A number of the body is an object of TypeScript.
    if (given.length <= MAX_ROWS) return given.map((row) => (row instanceof ExactNumber ? row.text : row));
    const message = `must have at most ${MAX_ROWS} rows, not ${given.length}; for files there is POST /transactions/imports`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  },
  // Not `superRefine`, which makes the parsing of all rows slower by a third.
  z.array(transactionRow, 'must be a list').min(1, 'must have at least one row').max(MAX_ROWS).check(sameIdSameRow),
);

/** The body of POST /transactions: `{"transactions": [...]}`, a list, or a single row. One invalid row refuses all of it. */
export const transactionsRequest = z
  .preprocess(
    (body) => {
      if (Array.isArray(body)) return { transactions: body };
      return isRow(body) ? { transactions: [body] } : body;
    },
    object({ transactions: list }, 'must be {"transactions": [...]}'),
  )
  .transform(({ transactions }) => transactions.map(transactionOf))
  .meta({
    id: 'TransactionsRequest',
    override: ({ jsonSchema }) => {
      const { id: _, ...wrapped } = jsonSchema;
      const { transactions } = wrapped.properties as { transactions: { items: Record<string, unknown> } };
      for (const name of Object.keys(wrapped)) delete jsonSchema[name];
      jsonSchema.anyOf = [wrapped, transactions, transactions.items];
    },
  });

function isRow(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !(body instanceof ExactNumber) && !('transactions' in body);
}
