import { settlement } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { jobIdOf, readJob } from '../../lib/settlement/read-jobs.ts';
import { progressView } from '../../lib/settlement/view.ts';

/** GET /jobs/{job_id} */
export const handler = http({}, async (request) => {
  const job = await readJob(settlement(), jobIdOf(request.path('job_id')));
  return { status: 200, body: progressView(job) };
});
