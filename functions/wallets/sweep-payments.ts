import { recovery, wallets } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { sweepPayments } from '../../lib/wallets/sweep-payments.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), sweepPayments(wallets()), deadline));
