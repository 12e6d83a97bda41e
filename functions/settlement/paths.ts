import { z } from 'zod';

/** The path parameters of a job's routes. An id that no job can have is NOT_FOUND. */
export const jobPath = z.object({ job_id: z.string() });
