import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { tokenPage } from '../../lib/edge/paging.ts';
import { listBatches } from '../../lib/payouts/read-batches.ts';
import { headerView } from '../../lib/payouts/view.ts';

/** GET /batches?page_size=&page_token= : newest first */
export const handler = http({ query: tokenPage }, async ({ query }) => {
  const { items, cursor } = await listBatches(payouts(), query);
  return { status: 200, body: { batches: items.map(headerView), next_page_token: cursor ?? null } };
});
