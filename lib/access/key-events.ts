import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { ApiKey, Session } from './key.ts';

/*
 * The events of keys and sessions. They have no secret and no hash.
 */

const SOURCE = '/sluice/access';

export const keyCreated = (deps: EventDeps, key: ApiKey) => keyEvent(deps, 'key.created', key);
export const keyChanged = (deps: EventDeps, key: ApiKey) => keyEvent(deps, 'key.changed', key);
export const keyRevoked = (deps: EventDeps, key: ApiKey) => keyEvent(deps, 'key.revoked', key);

export function keyRotated(deps: EventDeps, key: ApiKey, oldSecretsUntil: number): DomainEvent {
  const { id, version, person, name } = key;
  return eventOf(deps, {
    type: 'key.rotated',
    source: SOURCE,
    subject: id,
    fact: `${id}:${version}`,
    data: { key_id: id, name, person, old_secrets_until: new Date(oldSecretsUntil).toISOString() },
  });
}

export const sessionOpened = (deps: EventDeps, key: ApiKey, session: Session) =>
  sessionEvent(deps, 'session.opened', key, session);
export const sessionClosed = (deps: EventDeps, key: ApiKey, session: Session) =>
  sessionEvent(deps, 'session.closed', key, session);

function sessionEvent(
  deps: EventDeps,
  type: 'session.opened' | 'session.closed',
  { id, name, person }: ApiKey,
  session: Session,
): DomainEvent {
  return eventOf(deps, {
    type,
    source: SOURCE,
    subject: session.id,
    data: { session_id: session.id, key_id: id, name, person, expires_at: session.expiresAt },
  });
}

function keyEvent(deps: EventDeps, type: 'key.created' | 'key.changed' | 'key.revoked', key: ApiKey): DomainEvent {
  const { id, version, name, person, scopes, limits, expiresAt = null } = key;
  const { requestsPerSecond, burst, maxPerPayout, maxPerDay } = limits;
  return eventOf(deps, {
    type,
    source: SOURCE,
    subject: id,
    fact: `${id}:${version}`,
    data: {
      key_id: id,
      name,
      person,
      scopes: scopes.join(' '),
      ...(requestsPerSecond === undefined ? {} : { requests_per_second: requestsPerSecond }),
      ...(burst === undefined ? {} : { burst }),
      ...(maxPerPayout ? { max_per_payout: maxPerPayout } : {}),
      ...(maxPerDay ? { max_per_day: maxPerDay } : {}),
      expires_at: expiresAt,
    },
  });
}
