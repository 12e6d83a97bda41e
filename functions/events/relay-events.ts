import { relay } from '../../lib/container.ts';
import { stream } from '../../lib/edge/batch.ts';
import { waitingEventOf } from '../../lib/events/items.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';

/** The stream of the events table */
export const handler = stream(waitingEventOf, {
  handle: (events) => relayEvents(relay(), events),
  about: ({ id, subject, requestId }) => ({ event_id: id, subject, request_id: requestId }),
});
