import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { gotView } from '../../lib/withdrawals/view.ts';

/** POST /withdrawals/{withdrawal_id}/retry */
export const handler = http({}, async (request) => ({
  status: 200,
  body: gotView(await retryWithdrawal(withdrawals(), request.path('withdrawal_id'))),
}));
