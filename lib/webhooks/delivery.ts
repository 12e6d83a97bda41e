import { createHash } from 'node:crypto';
import type { EventKey } from '../events/index.ts';
import type { EndpointId } from './endpoint.ts';

/** One event for one endpoint. */
export type Delivery = {
  readonly id: DeliveryId;
  readonly endpointId: EndpointId;
  /** Its place in the event store, which has the content. */
  readonly event: EventKey;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly createdAt: string;
  /** Of a pending one: when the next attempt is due, RFC 3339. Of the others: when it ended. */
  readonly at: string;
  /** Failures since it was created or last replayed. */
  readonly failures: number;
  /** How often it was replayed. */
  readonly replays: number;
  /** The request that replayed it last, together with others. */
  readonly replayId?: string | undefined;
  readonly attempts: readonly Attempt[];
};
/** It is the `webhook-id` of all attempts, so that a receiver can drop repeated messages. */
export type DeliveryId = string & { readonly __brand: 'DeliveryId' };

/** `failed`: all attempts were made, and none succeeded. It is sent again only by a replay. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type Attempt = {
  readonly at: string;
  readonly durationMs: number;
  /** Of the answer. Without one there was none. */
  readonly status?: number | undefined;
  /** Why it did not succeed. */
  readonly error?: string | undefined;
  /** The beginning of the answer. */
  readonly answer?: string | undefined;
  /** The answer is longer, and stored by itself. */
  readonly hasMore?: boolean | undefined;
};

export const DELIVERY_ID = /^msg_[0-9a-f]{32}$/;
export const deliveryIdIn = (text: string) => (DELIVERY_ID.test(text) ? (text as DeliveryId) : undefined);

/** The same event has the same delivery to an endpoint, however often it is published. */
export function deliveryIdOf(endpointId: EndpointId, { subject, position }: EventKey): DeliveryId {
  const hash = createHash('sha256').update(JSON.stringify([endpointId, subject, position]));
  return `msg_${hash.digest('hex').slice(0, 32)}` as DeliveryId;
}

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** Before each attempt, in milliseconds: 75 hours in all. */
export const DELAYS = [
  ...[0, 5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE],
  ...[2 * HOUR, 5 * HOUR, 10 * HOUR, 24 * HOUR, 33 * HOUR],
];
/** Delays are up to so much longer, so that the retries of an outage do not come at once. */
const JITTER = 0.1;
const MAX_RETRY_AFTER_MS = 24 * HOUR;
/** With replays. The record of a delivery is one item. */
export const MAX_ATTEMPTS = 100;

/** Without `error` it is a success. */
type Ended = Attempt & { readonly retryAfterMs?: number | undefined };

/**
 * The delivery after an attempt. If another attempt has ended the delivery, only the record is added; but a success turns a failed
 * delivery into a delivered one. @param random uniform in [0, 1)
 */
export function afterAttempt(before: Delivery, ended: Ended, now: number, random: () => number): Delivery {
  const { retryAfterMs = 0, ...attempt } = ended;
  const attempts = [...before.attempts, attempt];
  if (before.status === 'delivered') return { ...before, attempts };
  if (attempt.error === undefined) return { ...before, attempts, status: 'delivered', at: iso(now) };
  if (before.status === 'failed') return { ...before, attempts };
  const failures = before.failures + 1;
  const delay = DELAYS[failures];
  if (delay === undefined || attempts.length >= MAX_ATTEMPTS) {
    return { ...before, attempts, failures, status: 'failed', at: iso(now) };
  }
  const pause = Math.max(delay * (1 + JITTER * random()), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  return { ...before, attempts, failures, at: iso(now + pause) };
}

/** Due at once, with all attempts before it. */
export const replayed = (before: Delivery, now: number, replayId?: string): Delivery => ({
  ...before,
  ...{ status: 'pending', at: iso(now), failures: 0, replays: before.replays + 1, replayId },
});

const iso = (time: number) => new Date(Math.ceil(time)).toISOString();
