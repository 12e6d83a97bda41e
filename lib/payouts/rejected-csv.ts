import { stringify } from 'csv-stringify/sync';
import { ExactNumber, exactNumber } from '../kernel/exact-json.ts';
import type { RejectedRow } from './rejected-row.ts';

type Row = Readonly<Record<string, unknown>>;

type Shown = {
  /** The fields that entries have. */
  readonly columns: readonly string[];
  /** Whether the entries are lines of a file. */
  readonly hasLines?: boolean;
};

/**
 * The invalid entries of a request or a file as they were sent, with their reasons. `other_fields`: fields that no entry has, or an
 * entry that is no object, as JSON. Text that a spreadsheet would run as a formula is escaped.
 */
export function rejectedCsv(rows: readonly RejectedRow[], { columns, hasLines = false }: Shown): string {
  const header = [...(hasLines ? ['line'] : []), ...columns, 'other_fields', 'reasons'];
  const lines = rows.map(({ position, row, problems }) => {
    const reasons = problems.map(({ path, reason }) => `${path.replace(/^\w+\[\d+\]\.?/, '')} ${reason}`.trim());
    return [...(hasLines ? [String(position)] : []), ...cells(row, columns), reasons.join('; ')];
  });
  return stringify([header, ...lines], { escape_formulas: true });
}

function cells(row: unknown, columns: readonly string[]): string[] {
  if (!isObject(row)) return [...columns.map(() => ''), json(row)];
  const others = Object.entries(row).filter(([name]) => !columns.includes(name));
  const rest = others.length > 0 ? json(Object.fromEntries(others)) : '';
  return [...columns.map((name) => cell(row[name])), rest];
}

const isObject = (row: unknown): row is Row =>
  typeof row === 'object' && row !== null && !Array.isArray(row) && !(row instanceof ExactNumber);

function cell(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(';');
  return json(value);
}

const json = (value: unknown) =>
  JSON.stringify(value, (_, part) => (part instanceof ExactNumber ? exactNumber(part.text) : part));
