import { wallets } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { requiredIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { walletOwner } from '../../lib/wallets/ids.ts';
import { pay } from '../../lib/wallets/pay.ts';
import { paymentRequest } from '../../lib/wallets/schemas.ts';
import { answerView } from '../../lib/wallets/view.ts';

/** POST /wallets/{user_id}/payments */
export const handler = http({ key: requiredIdempotencyKey, body: paymentRequest }, async (request) => {
  const { provider_id: providerId, external_reference: externalReference, amount, currency } = request.body;
  const userId = walletOwner(request.path('user_id'));
  addLogFields({ user_id: userId, provider_id: providerId, external_reference: externalReference, amount, currency });
  const asked = { userId, providerId, externalReference, money: { minor: amount, currency } };
  const { payment, replayed } = await pay(wallets(), asked, request.key, request.deadline);
  addLogFields({ payment_id: payment.id, payment_status: payment.status });
  return {
    status: payment.status === 'APPROVED' ? 201 : 200,
    headers: { location: `/payments/${payment.id}` },
    replayed,
    body: answerView(payment),
  };
});
