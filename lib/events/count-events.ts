import { uniqBy } from 'es-toolkit';
import { type CountedEvent, countsOf } from './counts.ts';
import type { Handled, MetricsDeps } from './ports.ts';

/** Counts the events of payments and withdrawals, each once, also if it is delivered again. */
export async function countEvents(
  { counters, now }: MetricsDeps,
  events: readonly CountedEvent[],
): Promise<Handled<CountedEvent>> {
  const each = uniqBy(events, ({ id }) => id);
  await counters.add(
    each.map((event) => ({ id: event.id, counts: countsOf(event) })),
    now(),
  );
  return { done: events };
}
