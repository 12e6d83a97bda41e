import { z } from 'zod';
import { count, object, otherwise, time } from '../kernel/fields.ts';
import { FORMATS, IMPORT_STATUSES } from './import.ts';

/** The body of POST /transactions/imports. */
export const importRequest = object({
  format: z.enum(FORMATS, otherwise(`must be one of ${FORMATS.join(', ')}`)),
}).meta({ id: 'ImportRequest' });

const header = { import_id: z.string(), status: z.enum(IMPORT_STATUSES), format: z.enum(FORMATS) };

export const createdImport = z
  .object({
    ...header,
    upload_url: z.string().meta({ format: 'uri', description: 'PUT the file here. No key is needed.' }),
    expires_at: time().meta({ description: 'The last time at which an upload can begin.' }),
  })
  .meta({ id: 'CreatedImport' });

export const importAnswer = z
  .object({
    ...header,
    created_at: time(),
    progress: z.number().meta({ type: 'integer', minimum: 0, maximum: 100 }),
    bytes_done: count(),
    bytes_total: count(),
    rows: count().meta({ description: 'A row is counted once: `stored`, `unchanged` or `rejected`.' }),
    stored: count(),
    unchanged: count(),
    rejected: count(),
    rejected_url: z
      .string()
      .optional()
      .meta({ description: 'The path of the report of rejected rows. Only of a finished import that rejected some.' }),
    error: z.string().optional().meta({ description: 'Only if the import is FAILED.' }),
  })
  .meta({ id: 'Import' });
