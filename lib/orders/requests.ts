import { AppError } from '../kernel/errors.ts';
import { validate } from '../kernel/fields.ts';
import type { ProductId } from './ids.ts';
import type { OrderRequest } from './order.ts';
import type { ProductRequest } from './product.ts';
import { cartRequest, MAX_QUANTITY, productRequest, singleOrderRequest } from './schemas.ts';

/** @throws AppError VALIDATION_ERROR */
export function parseProductRequest(body: unknown): ProductRequest {
  const { id, name, stock, price_cents } = validate(productRequest, body);
  const request = { name, stock: Number(stock), priceCents: price_cents };
  return id === undefined ? request : { id: id as ProductId, ...request };
}

/**
 * An order of one product becomes a cart with one line. Lines of the same product become one line with their sum.
 * @throws AppError VALIDATION_ERROR
 */
export function parseOrderRequest(body: unknown): OrderRequest {
  const isCart = typeof body === 'object' && body !== null && 'lines' in body && !('product_id' in body);
  const order = isCart ? validate(cartRequest, body) : validate(singleOrderRequest, body);
  const lines = order.lines ?? [order];
  const quantities = new Map<ProductId, bigint>();
  for (const { product_id, quantity } of lines) {
    const id = product_id as ProductId;
    quantities.set(id, (quantities.get(id) ?? 0n) + quantity);
  }
  const tooMuch = [...quantities].filter(([, quantity]) => quantity > MAX_QUANTITY);
  if (tooMuch.length > 0) {
    const reason = (id: ProductId, quantity: bigint) =>
      `request ${quantity} of "${id}" in total, at most ${MAX_QUANTITY} are allowed`;
    const details = tooMuch.map(([id, quantity]) => ({ path: 'lines', reason: reason(id, quantity) }));
    throw new AppError('VALIDATION_ERROR', { details });
  }
  const wanted = [...quantities].map(([productId, quantity]) => ({ productId, quantity: Number(quantity) }));
  return { buyerId: order.buyer_id, lines: wanted };
}
