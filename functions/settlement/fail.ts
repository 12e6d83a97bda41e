import { settlement } from '../../lib/container.ts';
import { step } from '../../lib/edge/invocation.ts';
import { failJob } from '../../lib/settlement/fail-job.ts';
import { jobInput } from '../../lib/settlement/steps.ts';

/** Fail in workflow.asl.yml; the error was logged where it arose and is not for clients */
export const handler = step(jobInput, async ({ job_id }) => ({
  job_id,
  status: await failJob(settlement(), job_id, {
    code: 'STEP_FAILED',
    message: 'A step failed and its retries did not help. Post the range again.',
  }),
}));
