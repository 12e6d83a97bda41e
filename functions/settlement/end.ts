import { settlement } from '../../lib/container.ts';
import { step } from '../../lib/edge/invocation.ts';
import { finishCancelling } from '../../lib/settlement/cancel-job.ts';
import { failJob } from '../../lib/settlement/fail-job.ts';
import { endInput } from '../../lib/settlement/steps.ts';

/** The log of the failed step has the error, which is not public. */
const STEP_FAILED = {
  code: 'STEP_FAILED',
  message: 'A step failed after all of its retries. Post the range again.',
} as const;

/** Cancel and Fail in workflow.asl.yml */
export const handler = step(endInput, async ({ job_id, end }) => ({
  job_id,
  status: await (end === 'CANCELLED'
    ? finishCancelling(settlement(), job_id)
    : failJob(settlement(), job_id, STEP_FAILED)),
}));
