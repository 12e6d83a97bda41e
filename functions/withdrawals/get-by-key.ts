import { withdrawals } from '../../lib/container.ts';
import { type HttpRequest, http } from '../../lib/edge/http.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { readByKey } from '../../lib/withdrawals/read-withdrawals.ts';
import { byKeyRequest } from '../../lib/withdrawals/schemas.ts';
import { gotView } from '../../lib/withdrawals/view.ts';

const wanted = (query: object, { path }: Pick<HttpRequest, 'path'>) =>
  validate(byKeyRequest, { ...query, idempotency_key: path('key') });

/** GET /withdrawals/by-key/{key}?user_id= */
export const handler = http({ query: wanted }, async ({ query }) => ({
  status: 200,
  body: gotView(await readByKey(withdrawals(), query)),
}));
