import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readPayment } from '../../lib/wallets/read-payment.ts';
import { paymentView } from '../../lib/wallets/view.ts';

/** GET /payments/{payment_id} */
export const handler = http({}, async (request) => ({
  status: 200,
  body: paymentView(await readPayment(wallets(), request.path('payment_id'))),
}));
