import type { Explanation, JournalEntry, Timeline } from '../../client/index.ts';
import { formatMajor, parseCurrency } from '../../lib/kernel/money.ts';

/** Text for people: tables, facts, amounts and times. */

export type Cell = string | number | bigint | null | undefined;

/** Names and messages come from callers and rails. Control characters could change what a terminal shows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
export const clean = (text: string) => text.replaceAll(CONTROL, '?');
const cellText = (cell: Cell) => clean(`${cell ?? ''}`);

/** @param none the text if there are no rows */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], none: string): string {
  return rows.length === 0 ? none : growingTable(head)(rows);
}

/** A table that is printed in parts: the first one has the head, and no column becomes narrower. */
export function growingTable(head: readonly string[]): (rows: readonly (readonly Cell[])[]) => string {
  let widths = head.map(() => 0);
  let above = [head];
  return (rows) => {
    const all = [...above, ...rows.map((row) => row.map(cellText))];
    above = [];
    widths = widths.map((width, column) => all.reduce((most, row) => Math.max(most, `${row[column]}`.length), width));
    const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    return all.map((row) => line(row).trimEnd()).join('\n');
  };
}

/** A line for each fact that is known. */
export function facts(all: readonly (readonly [label: string, value: Cell])[]): string {
  const known = all.filter(([, value]) => value !== undefined && value !== null && value !== '');
  const width = Math.max(...known.map(([label]) => label.length));
  return known.map(([label, value]) => `${label.padEnd(width)}  ${cellText(value)}`).join('\n');
}

/** An amount in minor units: `IDR 1,500.50`. An asset has no decimals that a command knows: `BTC 1500 (smallest unit)`. */
export function amountText(minor: number | bigint | string, code: string): string {
  const currency = parseCurrency(code);
  if (!currency) return `${code} ${minor} (smallest unit)`;
  const [whole = '', decimals] = formatMajor({ minor: BigInt(minor), currency }).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${code} ${grouped}${decimals === undefined ? '' : `.${decimals}`}`;
}

type Money = { readonly amount_minor: number | bigint; readonly currency: string };
export const money = ({ amount_minor: minor, currency }: Money) => amountText(minor, currency);
export const sums = (all: readonly Money[]) => all.map(money).join(', ');

/** In UTC, to the second. */
export const time = (at: string | null | undefined) => (at ? `${at.slice(0, 19).replace('T', ' ')}Z` : undefined);

/** `3 completed, 1 failed` */
export const countsText = (counts: object) =>
  Object.entries(counts)
    .filter(([, many]) => many > 0)
    .map(([status, many]) => `${many} ${status}`)
    .join(', ');

export function explanationText({ id, status, why, lease, next, references, calls, actions, ...rest }: Explanation) {
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${clean(line)}`)];
  const omitted = rest.calls_omitted === 0 ? [] : [`${rest.calls_omitted} rounds of calls are not shown.`];
  return [
    `${clean(id)} is ${status}.`,
    ...why.map(clean),
    ...(lease ? [clean(lease.sentence)] : []),
    ...part(
      'References:',
      references.map(({ reference, sentence }) => `${reference}: ${sentence}`),
    ),
    ...part('Calls:', [...calls.map(({ at, sentence }) => `${time(at)}  ${sentence}`), ...omitted]),
    ...part('Next:', next ? [next.sentence] : ['Nothing happens without a person.']),
    ...part(
      'You may:',
      actions.map(({ method, path, sentence }) => `${sentence} (${method} ${path})`),
    ),
  ].join('\n');
}

export function timelineText({ entries, complete }: Timeline): string {
  const rows = entries.map(({ at, kind, principal, sentence }) => [time(at), kind, principal?.name ?? '', sentence]);
  const rest = complete ? [] : ['There are more entries than are shown.'];
  return [table(['TIME (UTC)', 'WHAT', 'BY', ''], rows, 'Nothing has happened yet.'), ...rest].join('\n');
}

/** A line for each posting. */
export function entriesText(entries: readonly JournalEntry[]): string {
  const rows = entries.flatMap(({ created_at: at, type, entry_id: id, postings }) =>
    postings.map(({ account, amount, currency }) => [time(at), type, account, amountText(amount, currency), id]),
  );
  return table(['TIME (UTC)', 'TYPE', 'ACCOUNT', 'AMOUNT', 'ENTRY'], rows, 'It has no journal entries.');
}
