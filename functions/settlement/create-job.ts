import { settlement } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http, validate } from '../../lib/edge/http.ts';
import { parseIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createJob } from '../../lib/settlement/create-job.ts';
import { jobRequest } from '../../lib/settlement/job-request.ts';
import { acceptedView } from '../../lib/settlement/view.ts';

/** POST /jobs/settlement */
export const handler = http(async (request) => {
  const deps = settlement();
  const range = validate(jobRequest(deps.now()), request.json());
  const { job, replayed } = await createJob(deps, range, parseIdempotencyKey(request.header('idempotency-key')));
  addLogFields({ job_id: job.id });
  return {
    status: 202,
    headers: { location: `/jobs/${job.id}`, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
    body: acceptedView(job),
  };
});
