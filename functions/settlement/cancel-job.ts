import { settlement } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { cancelJob } from '../../lib/settlement/cancel-job.ts';
import { jobIdOf } from '../../lib/settlement/read-jobs.ts';
import { jobView } from '../../lib/settlement/view.ts';

/** POST /jobs/{job_id}/cancel */
export const handler = http({}, async (request) => {
  const job = await cancelJob(settlement(), jobIdOf(request.path('job_id')));
  return { status: 202, body: jobView(job) };
});
