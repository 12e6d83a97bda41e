import { settlement } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { recoverJobs } from '../../lib/settlement/recover-jobs.ts';

/** Every minute */
export const handler = schedule(() => recoverJobs(settlement()));
