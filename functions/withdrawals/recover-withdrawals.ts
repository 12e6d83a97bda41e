import { recovery, withdrawals } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { recoverWithdrawals } from '../../lib/withdrawals/recover-withdrawals.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), recoverWithdrawals(withdrawals()), deadline));
