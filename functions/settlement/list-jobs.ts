import { z } from 'zod';
import { settlement } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { pageSize } from '../../lib/edge/paging.ts';
import { jobView } from '../../lib/settlement/view.ts';

const query = z.object({ page_size: pageSize, page_token: z.string().optional() });

/** GET /jobs?page_size=&page_token= : newest first */
export const handler = http(async (request) => {
  const { page_size, page_token } = request.query(query);
  const page = { limit: page_size, ...(page_token === undefined ? {} : { cursor: page_token }) };
  const { jobs, cursor } = await settlement().jobs.list(page);
  return { status: 200, body: { jobs: jobs.map(jobView), next_page_token: cursor ?? null } };
});
