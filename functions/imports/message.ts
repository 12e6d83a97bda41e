import { z } from 'zod';
import { IMPORT_ID, type ImportId } from '../../lib/imports/import.ts';

/** What ImportsQueue carries. */
export const importMessage = z.object({
  importId: z
    .string()
    .regex(IMPORT_ID)
    .transform((id) => id as ImportId),
});
