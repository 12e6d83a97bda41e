import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readWithdrawal } from '../../lib/withdrawals/read-withdrawals.ts';
import { gotView } from '../../lib/withdrawals/view.ts';

/** GET /withdrawals/{withdrawal_id} */
export const handler = http({}, async (request) => ({
  status: 200,
  body: gotView(await readWithdrawal(withdrawals(), request.path('withdrawal_id'))),
}));
