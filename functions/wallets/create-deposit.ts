import { wallets } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { requiredIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import { walletOwner } from '../../lib/wallets/ids.ts';
import { depositRequest } from '../../lib/wallets/schemas.ts';
import { depositView } from '../../lib/wallets/view.ts';

const money = (body: unknown) => validate(depositRequest(wallets()), body);

/** POST /wallets/{user_id}/deposits */
export const handler = http({ key: requiredIdempotencyKey, body: money }, async ({ key, body, path }) => {
  const { amount, currency } = body;
  const userId = walletOwner(path('user_id'));
  addLogFields({ user_id: userId, amount, currency });
  const { line, replayed } = await deposit(wallets(), { userId, money: { minor: amount, currency } }, key);
  return {
    status: 201,
    replayed,
    body: depositView(userId, line),
  };
});
