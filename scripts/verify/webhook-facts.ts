import { range } from 'es-toolkit';
import type { EventType } from '../../lib/events/schemas.ts';
import { deliveryOf, sealedEndpointOf } from '../../lib/webhooks/items.ts';
import type { Item } from './difference.ts';
import { ALWAYS, eventId, type Facts } from './fact.ts';

/** Each version of an endpoint has an event. Its tests and replays are not stored. */
export function factsInEndpoint(item: Item): Facts {
  const { id, version, deletedAt } = sealedEndpointOf(item);
  const of = (type: EventType, number: number) => eventId(type, `${id}:${number}`);
  const fact = { subject: id, since: ALWAYS };
  const living = deletedAt === undefined ? version : version - 1;
  return {
    facts: [
      { ...fact, id: of('webhook_endpoint.created', 1) },
      ...range(2, living + 1).map((number) => ({
        ...fact,
        id: of('webhook_endpoint.changed', number),
        or: [of('webhook_endpoint.secret_rotated', number), of('webhook_endpoint.disabled', number)],
      })),
      ...(deletedAt === undefined ? [] : [{ ...fact, id: of('webhook_endpoint.deleted', version) }]),
    ],
    entity: id,
  };
}

/** A replay has an event of its own, unless it is part of a replay of several. The last one's kind is stored. */
export function factsInDelivery(item: Item): Facts {
  const { id, replays, replayId } = deliveryOf(item);
  const replay = (number: number) => eventId('webhook_delivery.replayed', `${id}:${number}`);
  const isLastAlone = replays > 0 && replayId === undefined;
  return {
    facts: isLastAlone ? [{ id: replay(replays), subject: id, since: ALWAYS }] : [],
    perhaps: range(1, replays + 1).map(replay),
  };
}
