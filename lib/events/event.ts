import type { KeyId, Principal } from '../kernel/principal.ts';
import type { EventDataOf, EventType } from './schemas.ts';

type Value = string | number | boolean | null;
/**
 * Plain JSON. Amounts are strings of minor units, several of them an object by currency; times are ISO 8601. A list has what
 * changed together.
 */
export type EventData = Readonly<Record<string, Value | Readonly<Record<string, string>> | Record<string, Value>[]>>;

/**
 * A stored fact. It is written in one transaction with its change, so either both exist or neither.
 */
export type DomainEvent = {
  /** Derived from the fact, so a fact that is recorded again has the same id. */
  readonly id: string;
  readonly type: EventType;
  /** The domain: `/sluice/wallets`. */
  readonly source: string;
  /** The id of the entity that changed. */
  readonly subject: string;
  /** When it happened, ISO 8601 UTC. */
  readonly time: string;
  /** The request, message or run that caused it. */
  readonly requestId?: string | undefined;
  /** The key that caused it. The service's own work has none. */
  readonly principal?: { readonly id: KeyId; readonly name: string } | undefined;
  readonly data: EventData;
};

export type EventDeps = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The id of the current request, message or run. */
  readonly requestId: () => string | undefined;
  /** Who makes the current request. */
  readonly principal: () => Principal | undefined;
};

/** For work that another request may run: its events name the request that asks for it, and its principal. */
export function ofThisRequest({ now, requestId, principal }: EventDeps): EventDeps {
  const id = requestId();
  const asking = principal();
  return { now, requestId: () => id, principal: () => asking };
}

/**
 * @param fact identifies the event among all events of its type: the subject's id, with a suffix if one subject can have
 *   several such events
 */
export function eventOf<Type extends EventType>(
  { now, requestId, principal }: EventDeps,
  event: { type: Type; source: string; subject: string; fact?: string; data: EventDataOf<Type> },
): DomainEvent {
  const { type, source, subject, fact = subject, data } = event;
  const by = principal();
  return {
    id: `${type}:${fact}`,
    type,
    source,
    subject,
    time: new Date(now()).toISOString(),
    requestId: requestId(),
    ...(by ? { principal: { id: by.keyId, name: by.name } } : {}),
    data,
  };
}
