import { withdrawals } from '../../lib/container.ts';
import { http, validate } from '../../lib/edge/http.ts';
import { denyAddress } from '../../lib/withdrawals/deny-list.ts';
import { denyRequest } from '../../lib/withdrawals/schemas.ts';
import { deniedView } from '../../lib/withdrawals/view.ts';
import { addressOf } from './address-of.ts';

/** PUT /denied-addresses/{network}/{address} */
export const handler = http(async (request) => {
  const { reason } = validate(denyRequest, request.json());
  const { denied, isNew } = await denyAddress(withdrawals(), { ...addressOf(request), reason });
  return { status: isNew ? 201 : 200, body: deniedView(denied) };
});
