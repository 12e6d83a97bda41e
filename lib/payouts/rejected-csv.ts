import { stringify } from 'csv-stringify/sync';
import { ExactNumber, exactNumber } from '../kernel/exact-json.ts';
import type { RejectedRow } from './rejected-row.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * The invalid entries of a request as they were sent, with their reasons. `other_fields`: fields that no entry has, or an entry
 * that is no object, as JSON. Text that a spreadsheet would run as a formula is escaped.
 */
export function rejectedCsv(rows: readonly RejectedRow[], columnsOf: (list: string) => readonly string[]): string {
  const columns = columnsOf(rows[0]?.list ?? 'payouts');
  const lines = rows.map(({ row, problems }) => {
    const reasons = problems.map(({ path, reason }) => `${path.replace(/^\w+\[\d+\]\.?/, '')} ${reason}`.trim());
    if (!isObject(row)) return [...columns.map(() => ''), json(row), reasons.join('; ')];
    const others = Object.entries(row).filter(([name]) => !columns.includes(name));
    const rest = others.length > 0 ? json(Object.fromEntries(others)) : '';
    return [...columns.map((name) => cell(row[name])), rest, reasons.join('; ')];
  });
  return stringify([[...columns, 'other_fields', 'reasons'], ...lines], { escape_formulas: true });
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
