import type { Key, KeyWithSecret, KeyWithUse } from '../../client/index.ts';
import { KEY_SCOPES } from '../../lib/kernel/principal.ts';
import { facts, table } from '../output/text.ts';

/** Keys as text for a terminal. */

export function tableOf(keys: readonly KeyWithUse[]): string {
  const rows = keys.map((key) => [
    ...[key.key_id, key.status, key.name, key.person, scopesOf(key, ','), key.expires_at ?? 'never'],
    key.last_used_at ?? 'never',
  ]);
  return table(['KEY', 'STATUS', 'NAME', 'PERSON', 'SCOPES', 'EXPIRES', 'LAST USED'], rows, 'There are no keys.');
}

export function linesOf(key: Key | KeyWithUse): string {
  const { limits } = key;
  return facts([
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
  ]);
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
