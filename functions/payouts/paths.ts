import { z } from 'zod';

/** The path parameters of a batch's routes. An id that no batch can have is NOT_FOUND. */
export const batchPath = z.object({ batch_id: z.string() });
