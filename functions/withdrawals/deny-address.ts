import { withdrawals } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { denyAddress } from '../../lib/withdrawals/deny-list.ts';
import { denyRequest, placeRequest } from '../../lib/withdrawals/schemas.ts';
import { deniedView } from '../../lib/withdrawals/view.ts';

/** PUT /denied-addresses/{network}/{address} */
export const handler = http({ body: denyRequest, params: placeRequest }, async ({ body: { reason }, params }) => {
  const { denied, isNew } = await denyAddress(withdrawals(), { ...params, reason });
  return { status: isNew ? 201 : 200, body: deniedView(denied) };
});
