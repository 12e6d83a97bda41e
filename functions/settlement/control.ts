import { settlement } from '../../lib/container.ts';
import { step } from '../../lib/edge/invocation.ts';
import { finishCancelling } from '../../lib/settlement/cancel-job.ts';
import { failJob } from '../../lib/settlement/fail-job.ts';
import { planJob } from '../../lib/settlement/plan-job.ts';
import { controlInput } from '../../lib/settlement/steps.ts';

/** The log of the failed step has the error, which is not public. */
const STEP_FAILED = {
  code: 'STEP_FAILED',
  message: 'A step failed after all of its retries. Post the range again.',
} as const;

/** Plan, Cancel and Fail in workflow.asl.yml: they change the job only. */
export const handler = step(controlInput, async ({ job_id, step: wanted }) => {
  switch (wanted) {
    case 'PLAN':
      return { job_id, ...(await planJob(settlement(), job_id)) };
    case 'CANCEL':
      return { job_id, status: await finishCancelling(settlement(), job_id) };
    case 'FAIL':
      return { job_id, status: await failJob(settlement(), job_id, STEP_FAILED) };
  }
});
