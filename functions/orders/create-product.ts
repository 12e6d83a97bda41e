import { orders } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { parseIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createProduct } from '../../lib/orders/create-product.ts';
import { parseProductRequest } from '../../lib/orders/requests.ts';
import { createdView } from '../../lib/orders/view.ts';

/** POST /products */
export const handler = http({ key: parseIdempotencyKey, body: parseProductRequest }, async ({ key, body }) => {
  const { product, replayed } = await createProduct(orders(), body, key);
  addLogFields({ product_id: product.id });
  return {
    status: 201,
    headers: { location: `/products/${product.id}` },
    replayed,
    body: createdView(product),
  };
});
