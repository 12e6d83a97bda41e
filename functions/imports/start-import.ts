import { imports } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { importIdOf, startImport } from '../../lib/imports/begin-import.ts';
import { importView } from '../../lib/imports/view.ts';

/** POST /transactions/imports/{import_id}/start */
export const handler = http({}, async (request) => {
  const one = await startImport(imports(), importIdOf(request.path('import_id')));
  return { status: 202, body: importView(one) };
});
