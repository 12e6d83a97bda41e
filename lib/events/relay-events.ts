import type { DomainEvent } from './event.ts';
import type { Handled, RelayDeps } from './ports.ts';
import { publishEvents } from './publish-events.ts';

/**
 * Publishes new events of the outbox. If the topic takes none, the stream repeats them all. If it takes some, the sweeper
 * publishes the others: the stream would repeat the published ones too.
 */
export async function relayEvents(
  deps: RelayDeps,
  events: readonly DomainEvent[],
): Promise<Handled<DomainEvent> & { left: readonly DomainEvent[] }> {
  const { done, failure } = await publishEvents(deps, events);
  const left = done.length === 0 ? [] : events.filter((event) => !done.includes(event));
  return { done, left, failure };
}
