import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { recoverKnownPayees } from '../../lib/access/recover-known-payees.ts';
import { approvals, backfill, recovery } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { runRecovery } from '../../lib/recovery/index.ts';

/** rate(1 minute) */
export const handler = schedule(async ({ deadline }) => ({
  approvals: await runRecovery(recovery(), recoverApprovals(approvals()), deadline),
  known_payees: await runRecovery(recovery(), recoverKnownPayees(backfill()), deadline),
}));
