import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { approvals, recovery } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { runRecovery } from '../../lib/recovery/index.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), recoverApprovals(approvals()), deadline));
