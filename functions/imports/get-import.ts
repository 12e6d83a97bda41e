import { imports } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { existing, importIdOf } from '../../lib/imports/begin-import.ts';
import { importView } from '../../lib/imports/view.ts';

/** GET /transactions/imports/{import_id} */
export const handler = http({}, async (request) => {
  const one = await existing(imports(), importIdOf(request.path('import_id')));
  return { status: 200, body: importView(one) };
});
