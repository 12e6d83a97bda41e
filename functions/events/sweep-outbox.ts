import { relay } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { sweepOutbox } from '../../lib/events/sweep-outbox.ts';

/** Every minute: publishes what the relay has not. */
export const handler = schedule(() => sweepOutbox(relay()));
