import { wallets } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http, validate } from '../../lib/edge/http.ts';
import { requiredIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import { depositRequest } from '../../lib/wallets/schemas.ts';
import { depositView } from '../../lib/wallets/view.ts';
import { walletOwner } from './wallet-owner.ts';

/** POST /wallets/{user_id}/deposits */
export const handler = http(async (request) => {
  const key = requiredIdempotencyKey(request.header('idempotency-key'));
  const { amount, currency } = validate(depositRequest(wallets().assets), request.json());
  const userId = walletOwner(request.path('user_id'));
  addLogFields({ user_id: userId, amount, currency });
  const { line, replayed } = await deposit(wallets(), { userId, money: { minor: amount, currency } }, key);
  return {
    status: 201,
    headers: replayed ? { 'idempotent-replayed': 'true' } : {},
    body: depositView(userId, line),
  };
});
