import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import { parseCurrency } from '../kernel/money.ts';
import type { KeyLimits } from '../kernel/principal.ts';
import type * as answers from './answers.ts';
import type { NewSecret } from './create-key.ts';
import { type ApiKey, statusOf } from './key.ts';
import type { AccessDeps } from './ports.ts';
import type { KeyWithUse, OwnKey } from './read-keys.ts';
import type { OpenSession } from './session.ts';

type Clock = { readonly now: () => number };

export function keyView(clock: Clock, key: ApiKey): z.input<typeof answers.keyAnswer> {
  const { id, name, person, scopes, limits, createdAt, expiresAt, revokedAt, awaits, secrets } = key;
  const now = clock.now();
  const ends = secrets.map(({ expiresAt: end = '' }) => end).filter((end) => Date.parse(end) > now);
  return {
    key_id: id,
    name,
    person,
    status: statusOf(key, now),
    scopes: [...scopes],
    limits: limitsView(limits),
    created_at: createdAt,
    expires_at: expiresAt ?? null,
    revoked_at: revokedAt ?? null,
    approval_id: revokedAt === undefined ? (awaits ?? null) : null,
    old_secrets_until: ends.sort().at(-1) ?? null,
  };
}

export function keyWithUseView(clock: Clock, { key, usedAt }: KeyWithUse): z.input<typeof answers.keyWithUseAnswer> {
  return { ...keyView(clock, key), last_used_at: usedAt ?? null };
}

export function ownKeyView(clock: Clock, { usedToday, ...own }: OwnKey): z.input<typeof answers.ownKeyAnswer> {
  const used = Object.fromEntries([...usedToday].map(([unit, minor]) => [unit, `${minor}`]));
  return { ...keyWithUseView(clock, own), used_today: amountsView(used) };
}

export function newSecretView(clock: Clock, { key, secret }: NewSecret): z.input<typeof answers.newSecretAnswer> {
  return { ...keyView(clock, key), ...(secret === undefined ? {} : { secret }) };
}

export function sessionView(
  deps: Clock & Pick<AccessDeps, 'assets'>,
  { key, id, expiresAt }: OpenSession,
): z.input<typeof answers.sessionAnswer> {
  const assets = [...deps.assets].map(([code, { decimals }]) => ({ code, decimals }));
  return { session_id: id ?? null, expires_at: expiresAt ?? null, key: keyView(deps, key), assets };
}

function limitsView({ requestsPerSecond, burst, maxPerPayout, maxPerDay }: KeyLimits) {
  return {
    ...(requestsPerSecond === undefined ? {} : { requests_per_second: requestsPerSecond }),
    ...(burst === undefined ? {} : { burst }),
    ...(maxPerPayout ? { max_per_payout: amountsView(maxPerPayout) } : {}),
    ...(maxPerDay ? { max_per_day: amountsView(maxPerDay) } : {}),
  };
}

const amountsView = (amounts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(amounts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([unit, minor]) => [unit, parseCurrency(unit) ? exactNumber(minor) : minor]),
  );
