import { z } from 'zod';
import { parseChunkId } from './chunk.ts';
import { JOB_ID, JOB_STATUSES, type JobId } from './job.ts';

/*
 * What the states of workflow.asl.yml hand to each other. A test walks the machine and proves that what one step
 * answers is what the next one takes.
 */
const job_id = z
  .string()
  .regex(JOB_ID)
  .transform((id) => id as JobId);

/** What an execution begins with; Plan, Assemble and Cancel take it. */
export const jobInput = z.object({ job_id });

/** What Plan answers: chunks to settle, or none if it is time to assemble or the job is no longer wanted. */
export const planOutput = z.object({
  job_id: z.string().regex(JOB_ID),
  status: z.enum(JOB_STATUSES),
  chunks: z.array(z.string()),
});

/** What each turn of the Map takes. */
export const chunkInput = z.object({
  job_id,
  chunk: z.string().transform((text, context) => {
    const chunk = parseChunkId(text);
    if (chunk) return chunk;
    context.addIssue({ code: 'custom', message: 'names no chunk' });
    return z.NEVER;
  }),
});

/** Small, for the answers of a whole window come back as one payload. */
export const chunkOutput = z.object({ outcome: z.enum(['settled', 'not_wanted']) });

export const statusOutput = z.object({ job_id: z.string().regex(JOB_ID), status: z.enum(JOB_STATUSES) });
