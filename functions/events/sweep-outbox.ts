import { recovery, relay } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { sweepOutbox } from '../../lib/events/sweep-outbox.ts';
import { runRecovery } from '../../lib/recovery/index.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), sweepOutbox(relay()), deadline));
