import { payouts, recovery } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { sweepReturns } from '../../lib/payouts/sweep-returns.ts';
import { runRecovery } from '../../lib/recovery/index.ts';

/** rate(10 minutes) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), sweepReturns(payouts()), deadline));
