import { orders } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readOrder } from '../../lib/orders/read-order.ts';
import { orderView } from '../../lib/orders/view.ts';

/** GET /orders/{order_id} */
export const handler = http({}, async (request) => ({
  status: 200,
  body: orderView(await readOrder(orders(), request.path('order_id'))),
}));
