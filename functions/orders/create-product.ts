import { orders } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { parseIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createProduct } from '../../lib/orders/create-product.ts';
import { parseProductRequest } from '../../lib/orders/requests.ts';
import { createdView } from '../../lib/orders/view.ts';

/** POST /products */
export const handler = http(async (request) => {
  const key = parseIdempotencyKey(request.header('idempotency-key'));
  const parsed = parseProductRequest(request.json());
  if ('problems' in parsed) throw new AppError('VALIDATION_ERROR', { details: parsed.problems });
  const { product, replayed } = await createProduct(orders(), parsed.request, key);
  addLogFields({ product_id: product.id });
  return {
    status: 201,
    headers: { location: `/products/${product.id}`, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
    body: createdView(product),
  };
});
