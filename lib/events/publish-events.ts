import { partition, uniqBy } from 'es-toolkit';
import { countsOf } from './counts.ts';
import type { DomainEvent } from './event.ts';
import type { Published, RelayDeps } from './ports.ts';

/**
 * Publishes stored events, then marks and counts them. After a crash between the two steps they are published again, with the
 * same id. An event that cannot be counted is not published.
 */
export async function publishEvents(
  { outbox, topic, now }: RelayDeps,
  events: readonly DomainEvent[],
): Promise<Published> {
  const [countable, others] = partition(
    uniqBy(events, ({ id }) => id),
    isCountable,
  );
  const { done, ...rest } = await topic.publish(countable);
  if (done.length > 0) await outbox.markPublished(done, now());
  const published = new Set(done.map(({ id }) => id));
  const uncounted = others.length === 0 ? {} : { failure: new Error(`cannot count ${others.map(({ id }) => id)}`) };
  return { done: events.filter(({ id }) => published.has(id)), ...uncounted, ...rest };
}

function isCountable(event: DomainEvent): boolean {
  try {
    countsOf(event);
    return true;
  } catch {
    return false;
  }
}
