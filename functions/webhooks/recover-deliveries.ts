import { recovery, webhooks } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { recoverDeliveries } from '../../lib/webhooks/recover-deliveries.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), recoverDeliveries(webhooks()), deadline));
