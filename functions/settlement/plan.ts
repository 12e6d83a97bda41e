import { settlement } from '../../lib/container.ts';
import { step } from '../../lib/edge/invocation.ts';
import { planJob } from '../../lib/settlement/plan-job.ts';
import { jobInput } from '../../lib/settlement/steps.ts';

/** Plan in workflow.asl.yml */
export const handler = step(jobInput, async ({ job_id }) => ({ job_id, ...(await planJob(settlement(), job_id)) }));
