import { z } from 'zod';
import { imports } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { createImport } from '../../lib/imports/begin-import.ts';
import { FORMATS } from '../../lib/imports/import.ts';
import { begunView } from '../../lib/imports/view.ts';

const importRequest = z.object({ format: z.enum(FORMATS, `must be one of ${FORMATS.join(', ')}`) });

/** POST /transactions/imports */
export const handler = http({ body: importRequest }, async ({ body }) => {
  const begun = await createImport(imports(), body.format);
  addLogFields({ import_id: begun.one.id });
  return { status: 201, headers: { location: `/transactions/imports/${begun.one.id}` }, body: begunView(begun) };
});
