import { orders } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { parseIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { placeOrder } from '../../lib/orders/place-order.ts';
import { parseOrderRequest } from '../../lib/orders/requests.ts';
import { orderView } from '../../lib/orders/view.ts';

/** POST /orders */
export const handler = http({ key: parseIdempotencyKey, body: parseOrderRequest }, async ({ key, body }) => {
  const { order, replayed } = await placeOrder(orders(), body, key);
  addLogFields({ order_id: order.id, user_id: order.buyerId });
  return {
    status: 200,
    headers: { location: `/orders/${order.id}` },
    replayed,
    body: orderView(order),
  };
});
