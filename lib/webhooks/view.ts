import type { z } from 'zod';
import type { NewSecret } from './create-endpoint.ts';
import type { Delivery } from './delivery.ts';
import { typesOf } from './endpoint.ts';
import type { ShownDelivery, ShownEndpoint } from './read-endpoints.ts';
import type * as schemas from './schemas.ts';

type Clock = { readonly now: () => number };

export function endpointView(clock: Clock, { endpoint, turn }: ShownEndpoint): z.input<typeof schemas.endpointAnswer> {
  const { id, url, description, enabled, disabledFor, createdAt, secrets } = endpoint;
  const ends = secrets.map(({ until = '' }) => until).filter((until) => Date.parse(until) > clock.now());
  return {
    endpoint_id: id,
    url,
    event_types: [...typesOf(endpoint)],
    description,
    enabled,
    disabled_reason: disabledFor ?? null,
    failing_since: turn.failingSince ?? null,
    created_at: createdAt,
    old_secrets_until: ends.sort().at(-1) ?? null,
  };
}

export function newSecretView(clock: Clock, { endpoint, secret }: NewSecret): z.input<typeof schemas.newSecretAnswer> {
  return { ...endpointView(clock, { endpoint, turn: {} }), ...(secret === undefined ? {} : { secret }) };
}

export function deliveryView(delivery: Delivery): z.input<typeof schemas.deliveryAnswer> {
  const { id, endpointId, event, type, status, createdAt, at, attempts, replays } = delivery;
  return {
    delivery_id: id,
    endpoint_id: endpointId,
    event_id: event.position.slice(event.position.indexOf('#') + 1),
    event_type: type,
    subject: event.subject,
    status,
    created_at: createdAt,
    next_attempt_at: status === 'pending' ? at : null,
    ended_at: status === 'pending' ? null : at,
    attempt_count: attempts.length,
    replay_count: replays,
  };
}

export function deliveryWithAttemptsView({
  delivery,
  answers,
}: ShownDelivery): z.input<typeof schemas.deliveryWithAttempts> {
  return {
    ...deliveryView(delivery),
    attempts: delivery.attempts.map(({ at, durationMs, status, error, answer }, index) => ({
      at,
      duration_ms: durationMs,
      status: status ?? null,
      error: error ?? null,
      answer: answers.get(index + 1) ?? answer ?? null,
    })),
  };
}
