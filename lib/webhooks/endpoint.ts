import { EVENT_TYPES, type EventType } from '../events/index.ts';
import { generatedId } from '../kernel/id.ts';

/** Where events are sent, and which. */
export type Endpoint = {
  readonly id: EndpointId;
  readonly url: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Why the service has disabled it. A person disables without a reason. */
  readonly disabledFor?: DisableReason | undefined;
  /** The oldest first. An event belongs to the filter that was in force at its time. */
  readonly filters: readonly Filter[];
  /** The newest first. While a secret is rotated there are several, and each signs. */
  readonly secrets: readonly Secret[];
  readonly createdAt: string;
  /** Nothing is delivered any more. The filters stay, so that it can be checked what was to be delivered. */
  readonly deletedAt?: string | undefined;
  /** Counts the changes: a write names the version that it was decided on. */
  readonly version: number;
};
export type EndpointId = string & { readonly __brand: 'EndpointId' };

/** `since`: RFC 3339. `types`: names of events, `payout.*`, or `*`. None: no event. */
export type Filter = { readonly since: string; readonly types: readonly string[] };
/** `until`: RFC 3339, of a secret that was replaced. */
export type Secret = { readonly secret: string; readonly until?: string | undefined };

/** `gone`: it answered 410. `failing`: no call has succeeded for days. */
export const DISABLE_REASONS = ['gone', 'failing'] as const;
export type DisableReason = (typeof DISABLE_REASONS)[number];

const endpointIds = generatedId<EndpointId>('webhook');
export const ENDPOINT_ID = endpointIds.pattern;
export const endpointIdOf = endpointIds.parse;
export const newEndpointId = endpointIds.at;

/** All endpoints are read for each group of events. */
export const MAX_ENDPOINTS = 100;
/** Older ones are forgotten: a replay sends no events from before them. */
const MAX_FILTERS = 50;
const MAX_SECRETS = 5;
const SECRET_PREFIX = 'whsec_';
/** Of 24 to 64, the length that the specification recommends for secrets (Standard Webhooks 1.0.0, signature scheme). */
export const SECRET_BYTES = 32;

export const secretOf = (bytes: Uint8Array) => `${SECRET_PREFIX}${Buffer.from(bytes).toString('base64')}`;

/** The event of `POST /webhook-endpoints/{id}/test`. Only its own endpoint gets it; filters do not apply. */
export const TEST_EVENT = 'webhook_endpoint.test' satisfies EventType;

/** What an event must have to be matched. */
export type Matched = { readonly type: string; readonly time: string; readonly subject: string };

/** Whether an endpoint gets an event, by its filter at the time of the event. */
export function wants({ id, filters }: Pick<Endpoint, 'id' | 'filters'>, { type, time, subject }: Matched): boolean {
  if (type === TEST_EVENT) return subject === id;
  const inForce = filters.findLast(({ since }) => since <= time);
  return inForce?.types.some((wanted) => matches(wanted, type)) ?? false;
}

export const matches = (wanted: string, type: string) =>
  wanted === type || wanted === '*' || (wanted.endsWith('.*') && type.startsWith(wanted.slice(0, -1)));

/** Whether some event can match: a misspelt type would never arrive. */
export const isFilter = (wanted: string) => EVENT_TYPES.some((type) => matches(wanted, type));

/** The secrets that sign now. */
export const signing = ({ secrets }: Endpoint, now: number) =>
  secrets.filter(({ until }) => until === undefined || Date.parse(until) > now).map(({ secret }) => secret);

export type EndpointSettings = {
  readonly url: string;
  readonly types: readonly string[];
  readonly description: string;
  readonly enabled: boolean;
};

export const typesOf = ({ filters }: Endpoint) => filters.at(-1)?.types ?? [];

/** @returns undefined if it is so already */
export function withSettings(before: Endpoint, given: Partial<EndpointSettings>, now: number): Endpoint | undefined {
  const { url = before.url, description = before.description, enabled = before.enabled } = given;
  const types = given.types ?? typesOf(before);
  const keepsTypes = types.join(' ') === typesOf(before).join(' ');
  const since = new Date(now).toISOString();
  const isSame = url === before.url && description === before.description && enabled === before.enabled && keepsTypes;
  if (isSame) return undefined;
  return {
    ...before,
    ...{ url, description, enabled },
    disabledFor: enabled ? undefined : before.disabledFor,
    filters: keepsTypes ? before.filters : [...before.filters, { since, types }].slice(-MAX_FILTERS),
    version: before.version + 1,
  };
}

/** The new secret signs at once; those before it sign until `until` too. @returns undefined if there are too many */
export function withSecret(before: Endpoint, secret: string, now: number, until: number): Endpoint | undefined {
  const end = new Date(until).toISOString();
  const old = before.secrets
    .map((one) => ({ ...one, until: one.until === undefined || one.until > end ? end : one.until }))
    .filter((one) => Date.parse(one.until) > now);
  if (old.length >= MAX_SECRETS) return undefined;
  return { ...before, secrets: [{ secret }, ...old], version: before.version + 1 };
}
