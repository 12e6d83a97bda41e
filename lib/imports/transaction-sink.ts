import { invariant } from '../kernel/errors.ts';
import { differences, ROW_FIELDS, readRow, type Transaction, type TransactionStore } from '../transactions/index.ts';
import type { Import } from './import.ts';
import { importCompleted } from './import-events.ts';
import { type BeginDeps, type FileRecord, type ImportSink, type RowShape, WrongRow } from './ports.ts';
import { keepRejected, type Rejected, reportOf } from './rejected-rows.ts';

export const TRANSACTION_ROWS: RowShape = {
  required: ROW_FIELDS,
  numbers: ['amount_cents', 'fee_cents'],
  maxRecordBytes: 10_000,
};

type SinkDeps = BeginDeps & { readonly transactions: TransactionStore };

/** Stores the rows of a file as transactions, each once. */
export function transactionSink(deps: SinkDeps): ImportSink {
  return {
    shape: TRANSACTION_ROWS,
    windowRows: deps.policy.windowRows,
    maxBytes: Number.POSITIVE_INFINITY,

    async takeWindow({ id }, before, window) {
      const { distinct, repeats, rejected } = distinctRows(window);
      const rows = [...distinct.values()];
      const outcomes = await deps.transactions.insert(rows.map(({ transaction }) => transaction));
      for (const [index, { line, transaction }] of rows.entries()) {
        const outcome = outcomes[index];
        if (typeof outcome === 'object') rejected.push(changed(line, outcome.known, transaction));
      }
      await keepRejected(deps.files, id, window, rejected);
      const last = window.at(-1);
      invariant(last, 'a window has rows');
      return {
        ...last.next,
        columns: last.columns,
        rows: before.rows + window.length,
        stored: before.stored + outcomes.filter((outcome) => outcome === 'stored').length,
        unchanged: before.unchanged + repeats + outcomes.filter((outcome) => outcome === 'unchanged').length,
        rejected: before.rejected + rejected.length,
      };
    },

    reportOf: ({ id }, checkpoint) => reportOf(deps.files, id, checkpoint),

    async endPass({ id }: Import, checkpoint) {
      const report = await reportOf(deps.files, id, checkpoint);
      const event = importCompleted(deps, id, checkpoint);
      await deps.imports.move(id, 'COMPLETED', report, { event, isOpen: false });
      return 'done';
    },
  };
}

type Row = { readonly line: number; readonly transaction: Transaction };

/** The rows to store, each once. Of different rows under one id all but the first are rejected. */
function distinctRows(window: readonly FileRecord[]) {
  const distinct = new Map<string, Row>();
  const rejected: Rejected[] = [];
  let repeats = 0;
  for (const { line, row } of window) {
    const transaction = row instanceof WrongRow ? [{ path: '', reason: row.reason }] : readRow(row);
    if (Array.isArray(transaction)) {
      rejected.push({ line, id: idIn(row), problems: transaction });
      continue;
    }
    const first = distinct.get(transaction.id);
    if (first === undefined) distinct.set(transaction.id, { line, transaction });
    else if (differences(first.transaction, transaction).length === 0) repeats += 1;
    else rejected.push(changed(line, first.transaction, transaction));
  }
  return { distinct, repeats, rejected };
}

function changed(line: number, known: Transaction, given: Transaction): Rejected {
  const problems = differences(known, given).map((path) => ({
    path,
    reason: 'differs from the row known under this id',
  }));
  return { line, id: given.id, problems };
}

function idIn(row: unknown): string {
  const { id } = (row ?? {}) as { id?: unknown };
  return typeof id === 'string' ? id.slice(0, 64) : '';
}
