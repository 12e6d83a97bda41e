import { z } from 'zod';

/** The path parameters of an import's routes. An id that no import can have is NOT_FOUND. */
export const importPath = z.object({ import_id: z.string() });
