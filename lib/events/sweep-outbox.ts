import type { Recovery } from '../recovery/index.ts';
import type { DomainEvent } from './event.ts';
import type { RelayDeps } from './ports.ts';
import { publishEvents } from './publish-events.ts';

/**
 * Publishes events that the relay did not publish within the policy's time, the oldest of each shard first. An item is a
 * shard with such events.
 */
export function sweepOutbox(deps: RelayDeps): Recovery<number> {
  const { outbox, policy, now } = deps;
  const before = now() - policy.sweepAfterMs;
  let topicDown: unknown;
  return {
    name: 'outbox',
    concurrency: 4,
    idOf: String,
    async list() {
      const waiting = outbox.shards.map(async (shard) => {
        const events = await outbox.waiting(shard, { before, limit: 1 });
        return events.length > 0 ? [shard] : [];
      });
      return (await Promise.all(waiting)).flat();
    },

    async recover(shard, count, until) {
      let refused: unknown;
      let after: DomainEvent | undefined;
      while (topicDown === undefined && now() < until) {
        const events = await outbox.waiting(shard, { before, limit: policy.pageSize, after });
        if (events.length === 0) break;
        const { done, failure, isDown } = await publishEvents(deps, events);
        if (done.length > 0) count('published', done.length);
        refused ??= failure;
        if (isDown && done.length === 0) topicDown = failure;
        if (events.length < policy.pageSize) break;
        after = events.at(-1);
      }
      refused ??= topicDown;
      if (refused !== undefined) throw refused;
    },
  };
}
