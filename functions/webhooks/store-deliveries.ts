import { webhooks } from '../../lib/container.ts';
import { sqsTogether } from '../../lib/edge/batch.ts';
import { publishedEvent } from '../../lib/webhooks/queue.ts';
import { storeDeliveries } from '../../lib/webhooks/store-deliveries.ts';

/** WebhooksQueue, which gets every published event. */
export const handler = sqsTogether(publishedEvent, async (events) => {
  const stored = await storeDeliveries(webhooks(), events);
  return { events: events.length, deliveries: stored };
});
