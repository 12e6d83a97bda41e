import { AppError } from '../kernel/errors.ts';
import { type IdempotencyKey, type KeyedRequest, knownOr } from '../kernel/idempotency.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import { type OrderId, orderId } from './ids.ts';
import { type Order, type OrderRequest, orderOf, type Shortage, shortagesIn } from './order.ts';
import { orderPlaced } from './order-events.ts';
import type { OrderDeps, Placed } from './ports.ts';
import { readOrder } from './read-order.ts';

/**
 * Sells all of an order or nothing. A request with a key may be repeated at any time: it buys once, and has one answer.
 *
 * DynamoDB cancels a transaction that meets another one on the same item, so a product sells one order after another. Each try
 * begins with a read, which never blocks a writer: once the stock is gone, the remaining tries end there. Pauses between tries
 * have full jitter up to two seconds, so the item is free often enough with hundreds of buyers at once.
 * @throws AppError NOT_FOUND, OUT_OF_STOCK, IDEMPOTENCY_MISMATCH; RATE_LIMITED the patience of the policy is over, nothing was sold
 */
export async function placeOrder(
  deps: OrderDeps,
  request: OrderRequest,
  key: IdempotencyKey | undefined,
): Promise<{ order: Order; replayed: boolean }> {
  const keyed = key && { scope: 'order', key, request };
  const id = orderId(deps.newId());
  const result = await retryWhileContended(deps, async () => {
    const placed = await deps.limit(() => tryToPlace(deps, id, request, keyed));
    return placed.kind === 'contended' ? undefined : placed;
  });
  if (result.kind === 'short') throw outOfStock(result.shortages);
  if (result.kind === 'known') return { order: await readOrder(deps, result.resource), replayed: true };
  return { order: result.order, replayed: false };
}

async function tryToPlace(
  deps: OrderDeps,
  id: OrderId,
  request: OrderRequest,
  keyed: KeyedRequest | undefined,
): Promise<Placed> {
  const ids = request.lines.map(({ productId }) => productId);
  const products = await deps.products.readAll(ids);
  const shortages = shortagesIn(request, products);
  if (shortages.length > 0) {
    const unknown = ids.filter((productId) => !products.has(productId));
    const refusal = unknown.length > 0 ? noSuchProduct(unknown) : outOfStock(shortages);
    return knownOr(async () => keyed && deps.orders.recall(keyed, deps.now()), refusal);
  }
  const now = deps.now();
  const order = orderOf(request, products, { id, createdAt: new Date(now).toISOString() });
  return deps.orders.place(order, keyed, now, orderPlaced(deps, order));
}

function noSuchProduct(ids: readonly string[]): AppError {
  const details = ids.map((id) => ({ path: 'product_id', reason: `there is no product "${id}"`, product_id: id }));
  return new AppError('NOT_FOUND', { message: 'There is no such product.', details });
}

function outOfStock(shortages: readonly Shortage[]): AppError {
  const details = shortages.map(({ productId, quantity, available }) => ({
    path: 'quantity',
    reason: `requested ${quantity} of "${productId}", available ${available}`,
    product_id: productId,
    requested: quantity,
    available,
  }));
  return new AppError('OUT_OF_STOCK', { details });
}
