import { z } from 'zod';
import { imports } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { createImport } from '../../lib/imports/begin-import.ts';
import { FORMATS } from '../../lib/imports/import.ts';
import { createdView } from '../../lib/imports/view.ts';

const importRequest = z.object({ format: z.enum(FORMATS, `must be one of ${FORMATS.join(', ')}`) });

/** POST /transactions/imports */
export const handler = http({ body: importRequest }, async ({ body }) => {
  const created = await createImport(imports(), body.format);
  addLogFields({ import_id: created.one.id });
  return { status: 201, headers: { location: `/transactions/imports/${created.one.id}` }, body: createdView(created) };
});
