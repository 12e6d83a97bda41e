import { orders } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { parseIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { placeOrder } from '../../lib/orders/place-order.ts';
import { parseOrderRequest } from '../../lib/orders/requests.ts';
import { orderView } from '../../lib/orders/view.ts';

/** POST /orders */
export const handler = http(async (request) => {
  const key = parseIdempotencyKey(request.header('idempotency-key'));
  const parsed = parseOrderRequest(request.json());
  if ('problems' in parsed) throw new AppError('VALIDATION_ERROR', { details: parsed.problems });
  const { order, replayed } = await placeOrder(orders(), parsed.request, key);
  addLogFields({ order_id: order.id, user_id: order.buyerId });
  return {
    status: 200,
    headers: { location: `/orders/${order.id}`, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
    body: orderView(order),
  };
});
