import { z } from 'zod';
import { IMPORT_ID, type ImportId, uploadedImport } from '../../lib/imports/import.ts';

const ours = z
  .object({ importId: z.string().regex(IMPORT_ID) })
  .transform(({ importId }) => ({ importIds: [importId as ImportId] }));

/** S3's word of an upload; a key that is none of ours is passed over. */
const uploaded = z
  .object({ Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })) })
  .transform(({ Records }) => ({ importIds: Records.flatMap(({ s3 }) => uploadedImport(s3.object.key) ?? []) }));

/** S3 says this once, when it is told of the queue. */
const test = z.object({ Event: z.literal('s3:TestEvent') }).transform(() => ({ importIds: [] }));

/** What ImportsQueue carries. */
export const importMessage = z.union([ours, uploaded, test]);
