import { settlement } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { jobIdOf, linkToFile } from '../../lib/settlement/read-jobs.ts';

const FILES = { '.csv': 'file', '.manifest.json': 'manifest' } as const;

/** GET /downloads/{job_id}.csv and /downloads/{job_id}.manifest.json : to a link that works for 15 minutes */
export const handler = http({}, async (request) => {
  const [, id = '', suffix = ''] = /^(\w+)(\.csv|\.manifest\.json)$/.exec(request.path('file')) ?? [];
  if (!(suffix in FILES)) throw new AppError('NOT_FOUND');
  const location = await linkToFile(settlement(), jobIdOf(id), FILES[suffix as keyof typeof FILES]);
  return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: { location } };
});
