import { settlement } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { tokenPage } from '../../lib/edge/paging.ts';
import { listJobs } from '../../lib/settlement/read-jobs.ts';
import { jobView } from '../../lib/settlement/view.ts';

/** GET /jobs?page_size=&page_token= : newest first */
export const handler = http({ query: tokenPage }, async ({ query }) => {
  const { items, cursor } = await listJobs(settlement(), query);
  return { status: 200, body: { jobs: items.map(jobView), next_page_token: cursor ?? null } };
});
