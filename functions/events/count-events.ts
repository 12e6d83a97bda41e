import { metrics } from '../../lib/container.ts';
import { sqsTogether } from '../../lib/edge/together.ts';
import { named } from '../../lib/events/cloud-event.ts';
import { countEvents } from '../../lib/events/count-events.ts';
import { paymentEventSchema } from '../../lib/events/counts.ts';

/** MetricsQueue */
export const handler = sqsTogether(paymentEventSchema, {
  handle: (events) => countEvents(metrics(), events),
  about: named,
});
