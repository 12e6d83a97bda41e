import { z } from 'zod';
import { pathId } from '../../lib/kernel/fields.ts';
import { JOB_ID } from '../../lib/settlement/job.ts';

/** The path parameters of a job's routes. An id that no job can have is NOT_FOUND. */
export const jobPath = z.object({ job_id: pathId(JOB_ID) });
