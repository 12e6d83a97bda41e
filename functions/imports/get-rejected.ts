import { imports } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { importIdOf, linkToReport } from '../../lib/imports/begin-import.ts';

/** GET /transactions/imports/{import_id}/rejected.csv : to a link that works for 15 minutes */
export const handler = http({}, async (request) => {
  const location = await linkToReport(imports(), importIdOf(request.path('import_id')));
  return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: { location } };
});
