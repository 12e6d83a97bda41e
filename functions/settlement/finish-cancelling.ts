import { settlement } from '../../lib/container.ts';
import { step } from '../../lib/edge/invocation.ts';
import { finishCancelling } from '../../lib/settlement/cancel-job.ts';
import { jobInput } from '../../lib/settlement/steps.ts';

/** Cancel in workflow.asl.yml */
export const handler = step(jobInput, async ({ job_id }) => {
  await finishCancelling(settlement(), job_id);
  return { job_id };
});
