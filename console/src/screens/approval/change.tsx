import { Text } from '@mantine/core';
import type { Approval, ApprovalRule } from '../../../../client/index.ts';
import { Panel } from '../../parts/page.tsx';
import { Differences, type Lines, linesOfRules } from './differences.tsx';

type KeyChange = { readonly before?: object; readonly key: object };
type PolicyChange = { readonly before?: readonly ApprovalRule[]; readonly rules: readonly ApprovalRule[] };

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

const RulesChange = ({ before, rules }: PolicyChange) => (
  <>
    {before === undefined && (
      <Text size="sm" mb="sm">
        An earlier version of the service has stored this request, without the rules before it.
      </Text>
    )}
    <Differences before={before && linesOfRules(before)} after={linesOfRules(rules)} />
  </>
);

/** What a change of a key, of the rules or of the deny-list changes. */
export function Change({ kind, asked: { change } }: Approval) {
  if (change === null || change === undefined) return null;
  if (kind === 'policy') {
    return (
      <Panel title="Rules">
        <RulesChange {...(change as PolicyChange)} />
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
