import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Delivery } from './delivery.ts';
import { type DisableReason, type Endpoint, TEST_EVENT, typesOf } from './endpoint.ts';
import type { Replay } from './ports.ts';

/*
 * The events of endpoints. They have no secret. Attempts have none: each would be another event to deliver.
 */

const SOURCE = '/sluice/webhooks';

export const endpointCreated = (deps: EventDeps, endpoint: Endpoint) =>
  stateEvent(deps, 'webhook_endpoint.created', endpoint);
export const endpointChanged = (deps: EventDeps, endpoint: Endpoint) =>
  stateEvent(deps, 'webhook_endpoint.changed', endpoint);

function stateEvent(deps: EventDeps, type: 'webhook_endpoint.created' | 'webhook_endpoint.changed', one: Endpoint) {
  const { id, url, description, enabled } = one;
  const data = { endpoint_id: id, url, description, enabled, event_types: typesOf(one).join(' ') };
  return eventOf(deps, { ...about(one), type, data });
}

export function secretRotated(deps: EventDeps, endpoint: Endpoint, until: number): DomainEvent {
  const data = { endpoint_id: endpoint.id, old_secrets_until: new Date(until).toISOString() };
  return eventOf(deps, { ...about(endpoint), type: 'webhook_endpoint.secret_rotated', data });
}

export function endpointDisabled(deps: EventDeps, endpoint: Endpoint, reason: DisableReason): DomainEvent {
  const data = { endpoint_id: endpoint.id, reason };
  return eventOf(deps, { ...about(endpoint), type: 'webhook_endpoint.disabled', data });
}

export function endpointDeleted(deps: EventDeps, endpoint: Endpoint): DomainEvent {
  return eventOf(deps, { ...about(endpoint), type: 'webhook_endpoint.deleted', data: { endpoint_id: endpoint.id } });
}

export function endpointTested(deps: EventDeps, { id }: Endpoint, testId: string): DomainEvent {
  const data = { endpoint_id: id };
  return eventOf(deps, { source: SOURCE, subject: id, fact: `${id}:${testId}`, type: TEST_EVENT, data });
}

export function replayRequested(deps: EventDeps, { endpointId, replayId, range }: Replay): DomainEvent {
  const { from, to } = range ?? {};
  return eventOf(deps, {
    ...{
      source: SOURCE,
      subject: endpointId,
      fact: `${endpointId}:${replayId}`,
      type: 'webhook_endpoint.replay_requested',
    },
    data: {
      endpoint_id: endpointId,
      replay_id: replayId,
      ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
      ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    },
  });
}

export function deliveryReplayed(deps: EventDeps, { id, endpointId, replays }: Delivery): DomainEvent {
  return eventOf(deps, {
    ...{ source: SOURCE, subject: id, fact: `${id}:${replays}`, type: 'webhook_delivery.replayed' },
    data: { endpoint_id: endpointId, delivery_id: id, replay: replays },
  });
}

/** One event for each version of an endpoint. */
const about = ({ id, version }: Endpoint) => ({ source: SOURCE, subject: id, fact: `${id}:${version}` });
