import { withdrawals } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { type HttpRequest, http } from '../../lib/edge/http.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { createRequest } from '../../lib/withdrawals/schemas.ts';
import { createdView } from '../../lib/withdrawals/view.ts';

const withKey = (body: unknown, { header }: Pick<HttpRequest, 'header'>) =>
  validate(createRequest(withdrawals(), header('idempotency-key')), body);

/** POST /withdrawals : 201, or 200 if the key already names a withdrawal */
export const handler = http({ body: withKey }, async ({ body: { key, ...wanted } }) => {
  addLogFields({ user_id: wanted.userId, asset: wanted.money.currency, amount: wanted.money.minor });
  const created = await createWithdrawal(withdrawals(), wanted, key);
  const { id } = created.withdrawal;
  addLogFields({ withdrawal_id: id });
  return {
    status: created.alreadyExists ? 200 : 201,
    headers: { location: `/withdrawals/${id}` },
    replayed: created.alreadyExists,
    body: createdView(created),
  };
});
