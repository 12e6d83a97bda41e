import { payouts, recovery } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { recoverBatches } from '../../lib/payouts/recover-batches.ts';
import { runRecovery } from '../../lib/recovery/index.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), recoverBatches(payouts()), deadline));
