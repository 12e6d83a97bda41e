import type { Recovery } from '../recovery/index.ts';
import type { DeliveryDeps, DeliveryMessage } from './ports.ts';
import { wakeOf } from './store-deliveries.ts';

/** `next`: the message that may be lost. Undefined if it is not. */
type Waiting = { readonly id: string; readonly next: () => Promise<DeliveryMessage | undefined> };

/**
 * Sends messages for endpoints with deliveries that are due: those whose delay no message carries, and those whose message was lost. And for
 * replays whose message was lost, from where they are.
 */
export function recoverDeliveries(deps: DeliveryDeps): Recovery<Waiting> {
  const { endpoints, deliveries, replays, queue, policy, now } = deps;
  const isLost = (since: number) => since <= now() - policy.lostAfterMs;
  return {
    name: 'webhook-deliveries',
    list: async () => [
      ...(await endpoints.all())
        .filter(({ enabled }) => enabled)
        .map(({ id }) => ({
          id,
          next: async () => {
            const [next] = await deliveries.next(id, 1);
            return next && isLost(next.dueAt) ? wakeOf(id) : undefined;
          },
        })),
      ...(await replays.open()).map(({ at, ...replay }) => ({
        id: replay.replayId,
        next: async () => (isLost(at) ? { kind: 'replay' as const, ...replay } : undefined),
      })),
    ],
    idOf: ({ id }) => id,
    async recover({ next }, count) {
      const message = await next();
      if (!message) return;
      await queue.send([message]);
      count(message.kind === 'wake' ? 'woken' : 'replays_continued');
    },
  };
}
