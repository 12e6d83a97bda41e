import type { DomainEvent } from './event.ts';
import type { Handled, RelayDeps } from './ports.ts';
import { publishEvents } from './publish-events.ts';

/**
 * Publishes what the stream of the outbox brings. While the topic takes nothing the stream has to bring it again; what it
 * refuses while it takes others is left to the sweeper, since the stream would bring those others again, too.
 */
export async function relayEvents(
  deps: RelayDeps,
  events: readonly DomainEvent[],
): Promise<Handled<DomainEvent> & { left: readonly DomainEvent[] }> {
  const { done, failure } = await publishEvents(deps, events);
  const left = done.length === 0 ? [] : events.filter((event) => !done.includes(event));
  return { done, left, failure };
}
