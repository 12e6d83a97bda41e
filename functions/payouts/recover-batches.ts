import { payouts, recovery } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { recoverBatches } from '../../lib/payouts/recover-batches.ts';
import { recoverNotifications } from '../../lib/payouts/recover-notifications.ts';
import { endAll, runRecovery } from '../../lib/recovery/index.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) =>
  endAll({
    batches: runRecovery(recovery(), recoverBatches(payouts()), deadline),
    notifications: runRecovery(recovery(), recoverNotifications(payouts()), deadline),
  }),
);
