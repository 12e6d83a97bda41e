import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readPayout } from '../../lib/payouts/read-batches.ts';
import { payoutView } from '../../lib/payouts/view.ts';

/** GET /payouts/{payout_id} */
export const handler = http({}, async (request) => ({
  status: 200,
  body: payoutView(await readPayout(payouts(), request.path('payout_id'))),
}));
