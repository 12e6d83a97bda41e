import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { listDenied } from '../../lib/withdrawals/deny-list.ts';
import { deniedQuery } from '../../lib/withdrawals/schemas.ts';
import { deniedListView } from '../../lib/withdrawals/view.ts';

/** GET /denied-addresses?network=&page_size=&page_token= : newest first */
export const handler = http({ query: deniedQuery }, async ({ query }) => ({
  status: 200,
  body: deniedListView(await listDenied(withdrawals(), query)),
}));
