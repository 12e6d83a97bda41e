import { admit, orders } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { orderAnswer, productAnswer } from '../../lib/orders/answers.ts';
import { createProduct } from '../../lib/orders/create-product.ts';
import { placeOrder } from '../../lib/orders/place-order.ts';
import { orderRequest, productRequest } from '../../lib/orders/requests.ts';
import { createdView, orderView } from '../../lib/orders/view.ts';

export const routes = {
  createProduct: route({
    method: 'POST',
    path: '/products',
    summary: 'Create a product with its whole stock',
    description: 'The idempotency key is `id`, else the header.',
    scope: 'orders:write',
    key: 'optional',
    body: productRequest,
    answers: {
      201: {
        description: 'The product as it was created, also if the request is repeated.',
        schema: productAnswer,
        headers: { Location: 'The path of the product.' },
        links: {
          getProduct: { parameters: { product_id: '$response.body#/id' } },
          placeOrder: { requestBody: { product_id: '$response.body#/id' } },
        },
      },
    },
    errors: ['IDEMPOTENCY_MISMATCH'],
  })(async ({ key, body }) => {
    const { product, replayed } = await createProduct(orders(), body, key);
    addLogFields({ product_id: product.id });
    return { status: 201, headers: { location: `/products/${product.id}` }, replayed, body: createdView(product) };
  }),

  placeOrder: route({
    method: 'POST',
    path: '/orders',
    summary: 'Sell one product, or several together, or nothing',
    description: 'Without a key every request is a new order.',
    scope: 'orders:write',
    key: 'optional',
    body: orderRequest,
    answers: {
      200: {
        description: 'The order. Its stock is taken.',
        schema: orderAnswer,
        headers: { Location: 'The path of the order.' },
        links: { getOrder: { parameters: { order_id: '$response.body#/id' } } },
      },
    },
    errors: ['NOT_FOUND', 'OUT_OF_STOCK', 'IDEMPOTENCY_MISMATCH'],
  })(async ({ key, body }) => {
    const { order, replayed } = await placeOrder(orders(), body, key);
    addLogFields({ order_id: order.id, user_id: order.buyerId });
    return { status: 200, headers: { location: `/orders/${order.id}` }, replayed, body: orderView(order) };
  }),
};

export const handler = dispatch(routes, admit);
