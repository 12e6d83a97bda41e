import { withdrawals } from '../../lib/container.ts';
import { http, validate } from '../../lib/edge/http.ts';
import { readByKey } from '../../lib/withdrawals/read-withdrawals.ts';
import { byKeyRequest, userQuery } from '../../lib/withdrawals/schemas.ts';
import { gotView } from '../../lib/withdrawals/view.ts';

/** GET /withdrawals/by-key/{key}?user_id= */
export const handler = http(async (request) => {
  const { user_id } = request.query(userQuery);
  const wanted = validate(byKeyRequest, { user_id, idempotency_key: request.path('key') });
  return { status: 200, body: gotView(await readByKey(withdrawals(), wanted)) };
});
