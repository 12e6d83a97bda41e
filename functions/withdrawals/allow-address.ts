import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { allowAddress } from '../../lib/withdrawals/deny-list.ts';
import { placeRequest } from '../../lib/withdrawals/schemas.ts';

/** DELETE /denied-addresses/{network}/{address} */
export const handler = http({ params: placeRequest }, async ({ params }) => {
  await allowAddress(withdrawals(), params);
  return { status: 204, body: '' };
});
