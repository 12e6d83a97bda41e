import { settlement } from '../../lib/container.ts';
import { step } from '../../lib/edge/invocation.ts';
import { assembleFile } from '../../lib/settlement/assemble-file.ts';
import { jobInput } from '../../lib/settlement/steps.ts';

/** Assemble in workflow.asl.yml */
export const handler = step(jobInput, async ({ job_id }) => ({
  job_id,
  status: await assembleFile(settlement(), job_id),
}));
