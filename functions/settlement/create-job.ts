import { settlement } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { parseIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createJob } from '../../lib/settlement/create-job.ts';
import { jobRequest } from '../../lib/settlement/job-request.ts';
import { acceptedView } from '../../lib/settlement/view.ts';

const range = (body: unknown) => validate(jobRequest(settlement()), body);

/** POST /jobs/settlement */
export const handler = http({ key: parseIdempotencyKey, body: range }, async ({ key, body }) => {
  const { job, replayed } = await createJob(settlement(), body, key);
  addLogFields({ job_id: job.id });
  return {
    status: 202,
    headers: { location: `/jobs/${job.id}` },
    replayed,
    body: acceptedView(job),
  };
});
