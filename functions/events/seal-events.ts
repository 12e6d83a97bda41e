import { sealEvents } from '../../lib/audit/seal-events.ts';
import { seal } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => sealEvents(seal(), deadline));
