import { z } from 'zod';
import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { pageSize } from '../../lib/edge/paging.ts';
import { headerView } from '../../lib/payouts/view.ts';

const query = z.object({ page_size: pageSize, page_token: z.string().optional() });

/** GET /batches?page_size=&page_token= : newest first */
export const handler = http(async (request) => {
  const { page_size, page_token } = request.query(query);
  const page = { limit: page_size, ...(page_token === undefined ? {} : { cursor: page_token }) };
  const { batches, cursor } = await payouts().batches.list(page);
  return { status: 200, body: { batches: batches.map(headerView), next_page_token: cursor ?? null } };
});
