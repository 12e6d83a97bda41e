import { z } from 'zod';
import { anyImportId, type ImportId, uploadedImport } from './import.ts';

const dispatched = z
  .object({ importId: z.string().refine((id) => anyImportId(id) !== undefined) })
  .transform(({ importId }) => ({ importIds: [importId as ImportId] }));

/** S3's notification of an upload. Other keys are ignored. */
const uploaded = z
  .object({ Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })) })
  .transform(({ Records }) => ({ importIds: Records.flatMap(({ s3 }) => uploadedImport(s3.object.key) ?? []) }));

/** S3 sends this once, when the queue is configured. */
const test = z.object({ Event: z.literal('s3:TestEvent') }).transform(() => ({ importIds: [] }));

/** The messages of ImportsQueue. */
export const importMessage = z.union([dispatched, uploaded, test]);
