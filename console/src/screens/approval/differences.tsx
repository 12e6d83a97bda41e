import { Text } from '@mantine/core';
import type { ApprovalRule } from '../../../../client/index.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { ruleText } from './rule-text.ts';

/** A field before and after a change. Undefined: it was not there, or will not be there. */
type Difference = { readonly name: string; readonly before?: string | undefined; readonly after?: string | undefined };

export type Lines = [name: string, value: string][];

export const linesOfRules = (rules: readonly ApprovalRule[]): Lines => rules.map((rule) => [ruleText(rule), 'holds']);

const effectOf = ({ before, after }: Difference): string => {
  if (before === after) return '= same';
  if (before === undefined) return '+ added';
  return after === undefined ? '− removed' : '≠ changed';
};

const COLUMNS: readonly Column<Difference>[] = [
  { header: 'What', cell: ({ name }) => name },
  { header: 'Before', cell: ({ before = '–' }) => before },
  { header: 'After', cell: (row) => (row.before === row.after ? row.after : <strong>{row.after ?? '–'}</strong>) },
  { header: 'Effect', cell: effectOf },
];

const NEW_COLUMNS: readonly Column<Difference>[] = [
  { header: 'What', cell: ({ name }) => name },
  { header: 'Value', cell: ({ after = '–' }) => after },
];

/** Without what was before, only what is asked for. */
export const Differences = ({ before, after }: { before: Lines | undefined; after: Lines }) => (
  <DataTable
    label={before ? 'Before and after' : 'Values'}
    columns={before ? COLUMNS : NEW_COLUMNS}
    rows={differencesOf(before ?? [], after)}
    keyOf={({ name }) => name}
    empty={<Text>No rule holds.</Text>}
  />
);

function differencesOf(before: Lines, after: Lines): Difference[] {
  const old = new Map(before);
  const next = new Map(after);
  return [...new Set([...old.keys(), ...next.keys()])].map((name) => ({
    name,
    before: old.get(name),
    after: next.get(name),
  }));
}
