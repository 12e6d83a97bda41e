import { AppError } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { productId } from './ids.ts';
import { productCreated } from './order-events.ts';
import type { OrderDeps } from './ports.ts';
import { matchesRequest, type Product, type ProductRequest } from './product.ts';

/**
 * Stores a product with its whole stock. An id that the caller gives is an idempotency key of its own.
 * @throws AppError IDEMPOTENCY_MISMATCH the id or the key was used for another product
 */
export async function createProduct(
  deps: OrderDeps,
  request: ProductRequest,
  key: IdempotencyKey | undefined,
): Promise<{ product: Product; replayed: boolean }> {
  const now = deps.now();
  const { name, stock, priceCents } = request;
  const wanted: Product = {
    id: request.id ?? productId(deps.newId()),
    name,
    priceCents,
    stock,
    initialStock: stock,
    createdAt: new Date(now).toISOString(),
  };
  const inserted = await deps.products.insert(
    wanted,
    key && { scope: 'product', key, request },
    now,
    productCreated(deps, wanted),
  );
  if (!matchesRequest(inserted.product, request)) {
    throw new AppError('IDEMPOTENCY_MISMATCH', { message: `The product ${wanted.id} exists with different content.` });
  }
  return inserted;
}
