import { metrics } from '../../lib/container.ts';
import { sqsTogether } from '../../lib/edge/together.ts';
import { named } from '../../lib/events/cloud-event.ts';
import { countEvents } from '../../lib/events/count-events.ts';
import { countedEventSchema } from '../../lib/events/counts.ts';

/** MetricsQueue */
export const handler = sqsTogether(countedEventSchema, {
  handle: (events) => countEvents(metrics(), events),
  about: named,
});
