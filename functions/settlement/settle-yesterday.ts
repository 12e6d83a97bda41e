import { settlement } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { settleYesterday } from '../../lib/settlement/settle-yesterday.ts';
import { acceptedView } from '../../lib/settlement/view.ts';

/** Every hour from 01:00 UTC on, or when an operator invokes it. The result has the job of yesterday. */
export const handler = schedule(async () => {
  const { job, replayed, created } = await settleYesterday(settlement());
  return { ...acceptedView(job), status: job.status, replayed, created };
});
