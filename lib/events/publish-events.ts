import { uniqBy } from 'es-toolkit';
import type { DomainEvent } from './event.ts';
import type { Published, RelayDeps } from './ports.ts';

/**
 * Publishes stored events, then marks them as published. After a crash between the two steps they are published again,
 * with the same id.
 */
export async function publishEvents(
  { outbox, topic, now }: RelayDeps,
  events: readonly DomainEvent[],
): Promise<Published> {
  const { done, ...rest } = await topic.publish(uniqBy(events, ({ id }) => id));
  if (done.length > 0) await outbox.markPublished(done, now());
  const published = new Set(done.map(({ id }) => id));
  return { done: events.filter(({ id }) => published.has(id)), ...rest };
}
