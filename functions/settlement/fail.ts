import { settlement } from '../../lib/container.ts';
import { step } from '../../lib/edge/invocation.ts';
import { failJob } from '../../lib/settlement/fail-job.ts';
import { jobInput } from '../../lib/settlement/steps.ts';

/** Fail in workflow.asl.yml. The log of the failed step has the error, which is not public. */
export const handler = step(jobInput, async ({ job_id }) => ({
  job_id,
  status: await failJob(settlement(), job_id, {
    code: 'STEP_FAILED',
    message: 'A step failed after all of its retries. Post the range again.',
  }),
}));
