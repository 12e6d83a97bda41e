import type { Recovery } from '../recovery/index.ts';
import type { Endpoint } from './endpoint.ts';
import type { DeliveryDeps } from './ports.ts';
import { wakeOf } from './store-deliveries.ts';

/** Sends messages for endpoints with deliveries that are due: those whose delay no message carries, and those whose message was lost. */
export function recoverDeliveries({ endpoints, deliveries, queue, policy, now }: DeliveryDeps): Recovery<Endpoint> {
  return {
    name: 'webhook-deliveries',
    list: async () => (await endpoints.all()).filter(({ enabled }) => enabled),
    idOf: ({ id }) => id,
    async recover({ id }, count) {
      const [next] = await deliveries.next(id, 1);
      if (!next || next.dueAt > now() - policy.lostAfterMs) return;
      await queue.send([wakeOf(id)]);
      count('woken');
    },
  };
}
