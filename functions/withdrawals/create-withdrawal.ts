import { withdrawals } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http, validate } from '../../lib/edge/http.ts';
import { createWithdrawal } from '../../lib/withdrawals/create-withdrawal.ts';
import { createRequest } from '../../lib/withdrawals/schemas.ts';
import { createdView } from '../../lib/withdrawals/view.ts';

/** POST /withdrawals : 201, or 200 if the key stands for one already */
export const handler = http(async (request) => {
  const schema = createRequest(withdrawals().assets, request.header('idempotency-key'));
  const { key, ...wanted } = validate(schema, request.json());
  addLogFields({ user_id: wanted.userId, asset: wanted.money.currency, amount: wanted.money.minor });
  const created = await createWithdrawal(withdrawals(), wanted, key);
  const { id } = created.withdrawal;
  addLogFields({ withdrawal_id: id });
  return {
    status: created.alreadyExists ? 200 : 201,
    headers: {
      location: `/withdrawals/${id}`,
      ...(created.alreadyExists ? { 'idempotent-replayed': 'true' } : {}),
    },
    body: createdView(created),
  };
});
