import { z } from 'zod';
import type { QueueSender } from '../aws/queue.ts';
import type { CloudEvent } from '../events/index.ts';
import { EVENT_TYPES } from '../events/index.ts';
import { deliveryIdIn } from './delivery.ts';
import { endpointIdOf } from './endpoint.ts';
import type { DeliveryMessage, DeliveryQueue } from './ports.ts';

/** The message of the topic: a published event. */
export const publishedEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.enum(EVENT_TYPES),
    subject: z.string(),
    time: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .transform((event) => event as unknown as CloudEvent);

const endpointId = z.string().transform((text, context) => endpointIdOf(text) ?? invalid(context));
const deliveryId = z.string().transform((text, context) => deliveryIdIn(text) ?? invalid(context));

const invalid = (context: z.RefinementCtx) => {
  context.addIssue({ code: 'custom', message: 'must be an id' });
  return z.NEVER;
};

/** The messages of DeliveriesQueue. */
export const deliveryMessage: z.ZodType<DeliveryMessage> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('wake'),
    endpointId,
    ids: z.array(deliveryId).readonly(),
    waited: z.boolean(),
  }),
  z.object({
    kind: z.literal('replay'),
    endpointId,
    replayId: z.string(),
    range: z.object({ from: z.number(), to: z.number() }).optional(),
    cursor: z.string().optional(),
  }),
]);

export function sqsDeliveryQueue(sender: QueueSender): DeliveryQueue {
  return { send: (messages, delayMs) => sender.send(messages, delayMs) };
}
