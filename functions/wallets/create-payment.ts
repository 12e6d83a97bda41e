import { wallets } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http, validate } from '../../lib/edge/http.ts';
import { requiredIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { pay } from '../../lib/wallets/pay.ts';
import { paymentRequest } from '../../lib/wallets/schemas.ts';
import { answerView } from '../../lib/wallets/view.ts';
import { walletOwner } from './wallet-owner.ts';

/** POST /wallets/{user_id}/payments */
export const handler = http(async (request) => {
  const key = requiredIdempotencyKey(request.header('idempotency-key'));
  const {
    provider_id: providerId,
    external_reference: externalReference,
    amount,
    currency,
  } = validate(paymentRequest, request.json());
  const userId = walletOwner(request.path('user_id'));
  addLogFields({ user_id: userId, provider_id: providerId, external_reference: externalReference, amount, currency });
  const asked = { userId, providerId, externalReference, money: { minor: amount, currency } };
  const { payment, replayed } = await pay(wallets(), asked, key, request.deadline);
  addLogFields({ payment_id: payment.id, payment_status: payment.status });
  return {
    status: payment.status === 'APPROVED' ? 201 : 200,
    headers: { location: `/payments/${payment.id}`, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
    body: answerView(payment),
  };
});
