import { uniqBy } from 'es-toolkit';
import type { DomainEvent } from './event.ts';
import type { Handled, RelayDeps } from './ports.ts';

/**
 * Publishes events that are stored, then notes that it did. Whoever dies between the two, or finds that not all were
 * taken, does it again: an event is published at least once, always under the same id.
 */
export async function publishEvents(
  { outbox, topic, now }: RelayDeps,
  events: readonly DomainEvent[],
): Promise<Handled<DomainEvent>> {
  const { done, failure } = await topic.publish(uniqBy(events, ({ id }) => id));
  if (done.length > 0) await outbox.markPublished(done, now());
  const published = new Set(done.map(({ id }) => id));
  return { done: events.filter(({ id }) => published.has(id)), failure };
}
