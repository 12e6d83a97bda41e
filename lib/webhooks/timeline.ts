import { entryOf, type TimelineEntry } from '../kernel/timeline.ts';
import type { Attempt, Delivery } from './delivery.ts';

/** The last attempts of each delivery are listed. */
const MOST_ATTEMPTS = 5;

/** The entries of the attempts to deliver events. */
export function deliveryEntries(deliveries: readonly Delivery[]): TimelineEntry[] {
  return deliveries.flatMap((delivery) =>
    delivery.attempts.slice(-MOST_ATTEMPTS).map((attempt) => entry(delivery, attempt)),
  );
}

function entry({ id, endpointId, type }: Delivery, { at, status, error }: Attempt): TimelineEntry {
  const answer = status === undefined ? 'no answer' : `the answer ${status}`;
  const what = `The event ${type} was sent to the webhook ${endpointId} as ${id}`;
  return error === undefined
    ? entryOf(at, 'delivered', `${what}, with ${answer}.`)
    : entryOf(at, 'delivery_failed', `${what}, with ${answer}: it is not delivered.`);
}
