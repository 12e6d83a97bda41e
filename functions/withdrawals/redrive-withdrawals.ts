import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { redriveWithdrawals } from '../../lib/withdrawals/redrive-withdrawals.ts';

/** POST /processors/withdrawals/redrive */
export const handler = http({}, async () => ({
  status: 200,
  body: { redriven: await redriveWithdrawals(withdrawals()) },
}));
