import { z } from 'zod';
import { admit, orders } from '../../lib/container.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { NAME, pathId } from '../../lib/kernel/fields.ts';
import { orderAnswer, productAnswer } from '../../lib/orders/answers.ts';
import { ORDER_ID } from '../../lib/orders/ids.ts';
import { readOrder } from '../../lib/orders/read-order.ts';
import { readProduct } from '../../lib/orders/read-product.ts';
import { orderView, productView } from '../../lib/orders/view.ts';

export const routes = {
  getProduct: route({
    method: 'GET',
    path: '/products/{product_id}',
    summary: 'Read a product with its stock',
    scope: 'orders:read',
    params: z.object({ product_id: pathId(NAME) }),
    answers: { 200: { description: 'The product.', schema: productAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => ({ status: 200, body: productView(await readProduct(orders(), params.product_id)) })),

  getOrder: route({
    method: 'GET',
    path: '/orders/{order_id}',
    summary: 'Read an order',
    scope: 'orders:read',
    params: z.object({ order_id: pathId(ORDER_ID) }),
    answers: { 200: { description: 'The order.', schema: orderAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => ({ status: 200, body: orderView(await readOrder(orders(), params.order_id)) })),
};

export const handler = dispatch(routes, admit);
