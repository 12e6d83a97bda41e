import { webhooks } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { deliver } from '../../lib/webhooks/deliver.ts';
import { deliveryMessage } from '../../lib/webhooks/queue.ts';
import { replayPage } from '../../lib/webhooks/replay.ts';

/** DeliveriesQueue */
export const handler = sqs(deliveryMessage, async (message) => ({
  endpoint_id: message.endpointId,
  ...(await (message.kind === 'wake' ? deliver(webhooks(), message) : replayPage(webhooks(), message))),
}));
