import { recovery, settlement } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { runRecovery } from '../../lib/recovery/index.ts';
import { recoverJobs } from '../../lib/settlement/recover-jobs.ts';

/** rate(1 minute) */
export const handler = schedule(({ deadline }) => runRecovery(recovery(), recoverJobs(settlement()), deadline));
