import { metrics } from '../../lib/container.ts';
import { sqsBatch } from '../../lib/edge/batch.ts';
import { logFieldsOf } from '../../lib/events/cloud-event.ts';
import { countEvents } from '../../lib/events/count-events.ts';
import { countedEventSchema } from '../../lib/events/counts.ts';

/** MetricsQueue */
export const handler = sqsBatch(countedEventSchema, {
  handle: (events) => countEvents(metrics(), events),
  about: logFieldsOf,
});
