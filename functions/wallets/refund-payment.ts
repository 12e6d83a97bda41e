import { wallets } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { requiredIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { refundPayment } from '../../lib/wallets/refund-payment.ts';
import { refundRequest } from '../../lib/wallets/schemas.ts';
import { refundedView } from '../../lib/wallets/view.ts';

/** POST /payments/{payment_id}/refund */
export const handler = http(
  { key: requiredIdempotencyKey, body: refundRequest },
  async ({ key, body: { amount }, path }) => {
    const refunded = await refundPayment(wallets(), path('payment_id'), amount, key);
    const { payment, refund, replayed } = refunded;
    addLogFields({
      user_id: payment.userId,
      refund_id: refund.id,
      amount: refund.minor,
      currency: payment.money.currency,
    });
    return {
      status: 201,
      headers: { location: `/payments/${payment.id}` },
      replayed,
      body: refundedView(refunded),
    };
  },
);
