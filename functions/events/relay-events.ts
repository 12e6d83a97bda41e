import { relay } from '../../lib/container.ts';
import { stream } from '../../lib/edge/batch.ts';
import { cloudEvent, logFieldsOf } from '../../lib/events/cloud-event.ts';
import { eventOfItem } from '../../lib/events/items.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';

/** The stream of the outbox table */
export const handler = stream(eventOfItem, {
  handle: (events) => relayEvents(relay(), events),
  about: (event) => logFieldsOf(cloudEvent(event)),
});
