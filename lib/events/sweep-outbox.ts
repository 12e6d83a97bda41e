import pMap from 'p-map';
import type { DomainEvent } from './event.ts';
import type { RelayDeps } from './ports.ts';
import { publishEvents } from './publish-events.ts';

/**
 * Publishes what the stream's relay has missed or given up on: events that have waited for longer than it takes, the
 * oldest of each shard first, for as long as there is time and the topic takes any. What is left waits for the next
 * sweep.
 * @throws the first reason why an event was refused, once it is done with the others
 */
export async function sweepOutbox(deps: RelayDeps): Promise<{ published: number }> {
  const { outbox, policy, now } = deps;
  const [before, until] = [now() - policy.sweepAfterMs, now() + policy.sweepForMs];
  let published = 0;
  let refused: unknown;
  let shards = outbox.shards.map((shard): { shard: number; after?: DomainEvent } => ({ shard }));
  while (shards.length > 0 && now() < until) {
    const pages = await pMap(shards, async ({ shard, after }) => {
      const page = { before, limit: policy.pageSize, ...(after === undefined ? {} : { after }) };
      return { shard, events: await outbox.waiting(shard, page) };
    });
    const events = pages.flatMap((page) => page.events);
    if (events.length === 0) break;
    const { done, failure } = await publishEvents(deps, events);
    published += done.length;
    refused ??= failure;
    if (done.length === 0) break;
    shards = pages.flatMap(({ shard, events }) => {
      const after = events.at(-1);
      return after && events.length === policy.pageSize ? [{ shard, after }] : [];
    });
  }
  if (refused !== undefined) throw refused;
  return { published };
}
