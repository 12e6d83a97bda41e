import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { listWithdrawals } from '../../lib/withdrawals/read-withdrawals.ts';
import { listRequest } from '../../lib/withdrawals/schemas.ts';
import { listView } from '../../lib/withdrawals/view.ts';

/** GET /withdrawals?user_id=&status=&page_size=&page_token= : newest first */
export const handler = http({ query: listRequest }, async ({ query }) => ({
  status: 200,
  body: listView(await listWithdrawals(withdrawals(), query)),
}));
