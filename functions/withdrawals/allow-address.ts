import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { allowAddress } from '../../lib/withdrawals/deny-list.ts';
import { addressOf } from './address-of.ts';

/** DELETE /denied-addresses/{network}/{address} */
export const handler = http(async (request) => {
  await allowAddress(withdrawals(), addressOf(request));
  return { status: 204, body: '' };
});
