import { Text } from '@mantine/core';
import type { Approval, ApprovalRule } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Panel } from '../../parts/page.tsx';
import { useCan } from '../../session.ts';
import { ruleText } from './rule-text.ts';

/** A field before and after a change. Undefined: it was not there, or will not be there. */
type Difference = { readonly name: string; readonly before?: string | undefined; readonly after?: string | undefined };

type KeyChange = { readonly before?: object; readonly key: object };
type PolicyChange = { readonly version: number; readonly rules: readonly ApprovalRule[] };

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
const Differences = ({ before, after }: { before: Lines | undefined; after: Lines }) => (
  <DataTable
    label={before ? 'Before and after' : 'Values'}
    columns={before ? COLUMNS : NEW_COLUMNS}
    rows={differencesOf(before ?? [], after)}
    keyOf={({ name }) => name}
    empty={<Text>No rule holds.</Text>}
  />
);

type Lines = [name: string, value: string][];

/** A value as lines of names and values: `limits max per day IDR` is `5000000`. */
function linesOf(value: unknown, name = ''): Lines {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((each) => [`${name} ${each}`, 'yes']);
  if (typeof value !== 'object') return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, each]) => linesOf(each, `${name} ${wordsOf(key)}`.trim()));
}

/** `maxPerDay` and `expires_at` as words. Codes of currencies are kept. */
const wordsOf = (name: string) =>
  /^[A-Z0-9]+$/.test(name)
    ? name
    : name
        .replace(/([A-Z])/g, ' $1')
        .replaceAll('_', ' ')
        .toLowerCase();

function differencesOf(before: Lines, after: Lines): Difference[] {
  const old = new Map(before);
  const next = new Map(after);
  return [...new Set([...old.keys(), ...next.keys()])].map((name) => ({
    name,
    before: old.get(name),
    after: next.get(name),
  }));
}

const asLines = (rules: readonly ApprovalRule[]): Lines => rules.map((rule) => [ruleText(rule), 'holds']);

/** The rules that hold now are the ones before the change, if no other change was first. Only administrators can read them. */
function RulesChange({ change }: { change: PolicyChange }) {
  const isAdmin = useCan()('admin');
  const { data: policy } = useResource('getApprovalPolicy', {}, { every: 30_000, enabled: isAdmin });
  const isKnown = policy?.version === change.version - 1;
  return (
    <>
      {!isAdmin && (
        <Text size="sm" mb="sm">
          Your key lacks the scope admin, so the rules before the change cannot be shown.
        </Text>
      )}
      {policy && !isKnown && (
        <Text size="sm" mb="sm">
          The rules have changed since, so the rules before this change cannot be shown.
        </Text>
      )}
      <Differences before={isKnown ? asLines(policy.rules) : undefined} after={asLines(change.rules)} />
    </>
  );
}

/** What a change of a key, of the rules or of the deny-list changes. */
export function Change({ kind, asked: { change } }: Approval) {
  if (change === null || change === undefined) return null;
  if (kind === 'policy') {
    return (
      <Panel title="Rules">
        <RulesChange change={change as PolicyChange} />
      </Panel>
    );
  }
  const { before, key = change as object } = change as Partial<KeyChange>;
  return (
    <Panel title={kind === 'key' ? 'Key' : 'Address'}>
      <Differences before={before && linesOf(before)} after={linesOf(key)} />
    </Panel>
  );
}
