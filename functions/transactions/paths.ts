import { z } from 'zod';
import { IMPORT_ID } from '../../lib/imports/import.ts';
import { pathId } from '../../lib/kernel/fields.ts';

/** The path parameters of an import's routes. An id that no import can have is NOT_FOUND. */
export const importPath = z.object({ import_id: pathId(IMPORT_ID) });
