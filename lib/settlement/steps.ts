import { z } from 'zod';
import { parseChunkId } from './chunk.ts';
import { JOB_ID, JOB_STATUSES, type JobId } from './job.ts';

/*
 * The inputs and outputs of the states in workflow.asl.yml. A test proves that each output fits the next input.
 */
const job_id = z
  .string()
  .regex(JOB_ID)
  .transform((id) => id as JobId);

/** The input of an execution, and of Assemble. */
export const jobInput = z.object({ job_id });

/** The input of Plan, Cancel and Fail. */
export const controlInput = z.object({ job_id, step: z.enum(['PLAN', 'CANCEL', 'FAIL']) });

/** The output of Plan: chunks to settle; none if the file can be assembled or the job is no longer wanted. */
export const planOutput = z.object({
  job_id: z.string().regex(JOB_ID),
  status: z.enum(JOB_STATUSES),
  chunks: z.array(z.string()),
});

/** The input of each iteration of the Map. */
export const chunkInput = z.object({
  job_id,
  chunk: z.string().transform((text, context) => {
    const chunk = parseChunkId(text);
    if (chunk) return chunk;
    context.addIssue({ code: 'custom', message: 'must name a chunk' });
    return z.NEVER;
  }),
});

/** Small, because the outputs of a whole window are one payload. */
export const chunkOutput = z.object({ outcome: z.enum(['settled', 'not_wanted']) });

/** The output of Assemble, Cancel and Fail. */
export const statusOutput = z.object({ job_id: z.string().regex(JOB_ID), status: z.enum(JOB_STATUSES) });
