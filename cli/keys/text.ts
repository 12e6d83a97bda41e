import type { Key, KeyWithSecret, KeyWithUse } from '../../client/index.ts';
import { KEY_SCOPES } from '../../lib/kernel/principal.ts';

/** Keys as text for a terminal. */

export function tableOf(keys: readonly KeyWithUse[]): string {
  if (keys.length === 0) return 'There are no keys.';
  const rows = keys.map((key) => [
    ...[key.key_id, key.status, key.name, key.person, scopesOf(key, ','), key.expires_at ?? 'never'],
    key.last_used_at ?? 'never',
  ]);
  const all = [['KEY', 'STATUS', 'NAME', 'PERSON', 'SCOPES', 'EXPIRES', 'LAST USED'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => `${row[column]}`.length))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function linesOf(key: Key | KeyWithUse): string {
  const { limits } = key;
  const lines: readonly [string, string | undefined | null][] = [
    ['key', key.key_id],
    ['status', key.status],
    ['waits for', key.approval_id],
    ['name', key.name],
    ['person', key.person],
    ['scopes', scopesOf(key, ', ')],
    ['requests per second', limits.requests_per_second?.toString()],
    ['burst', limits.burst?.toString()],
    ['largest payout', amountsOf(limits.max_per_payout)],
    ['sum of a day', amountsOf(limits.max_per_day)],
    ['created', key.created_at],
    ['expires', key.expires_at ?? 'never'],
    ['revoked', key.revoked_at],
    ['old secrets until', key.old_secrets_until],
    ['last used', 'last_used_at' in key ? (key.last_used_at ?? 'never') : undefined],
  ];
  const shown = lines.filter(([, value]) => value !== undefined && value !== null);
  return shown.map(([label, value]) => `${label.padEnd(20)} ${value}`).join('\n');
}

const scopesOf = ({ scopes }: Key, separator: string) =>
  scopes.length === KEY_SCOPES.length ? 'all' : scopes.join(separator);

const amountsOf = (amounts: Readonly<Record<string, unknown>> | undefined) =>
  amounts &&
  `${Object.entries(amounts)
    .map(([code, amount]) => `${code} ${amount}`)
    .join(', ')} (minor units)`;

export const waitsText = (approval: string) => `Another person has to approve this first: ${approval}.`;

/** @param what such as `is made` */
export function secretText(key: KeyWithSecret, what: string): string {
  const waits = key.approval_id === null ? '' : ` ${waitsText(key.approval_id)}`;
  const about = `The key ${key.key_id} (${key.name}, ${key.person}) ${what}.${waits}`;
  if (key.secret !== undefined)
    return `${about} This is the only time that its secret is shown:\n\n    ${key.secret}\n`;
  return `${about} No secret is shown: its holder made it, or an earlier request returned it. If it is lost, rotate the key.`;
}
