import { fullJitter } from '../kernel/backoff.ts';
import { AppError, contended } from '../kernel/errors.ts';
import type { IdempotencyKey, KeyedRequest } from '../kernel/idempotency.ts';
import { type OrderId, orderId } from './ids.ts';
import { type Order, type OrderRequest, orderOf, type Shortage, shortagesIn } from './order.ts';
import type { OrderDeps, Placed } from './ports.ts';

/**
 * Sells what is asked for, all of it or nothing. With a key the same request may come any number of times, at once or
 * after a crash: it buys once, and every answer is the first one.
 *
 * On DynamoDB a product that many want at once sells one order after another: a transaction that meets another one on the
 * same item is cancelled. So each try begins with a read, which never stands in anyone's way: once the stock is
 * gone, those who are still trying learn it there, and only as many transactions have to succeed as there is to sell.
 * The pauses between tries have full jitter, up to two seconds: some hundred buyers at once then leave the item free often
 * enough for somebody to be sold to all the time. Who had no luck for the whole of the policy's patience, which ends before
 * the API's time-out does, is told to come back; nothing was sold to them.
 * @throws AppError NOT_FOUND, OUT_OF_STOCK, IDEMPOTENCY_MISMATCH, RATE_LIMITED
 */
export async function placeOrder(
  deps: OrderDeps,
  request: OrderRequest,
  key: IdempotencyKey | undefined,
): Promise<{ order: Order; replayed: boolean }> {
  const keyed = key && { scope: 'order', key, request };
  const id = orderId(deps.newId());
  const giveUpAt = deps.now() + deps.policy.patienceMs;
  for (let round = 1; ; round += 1) {
    const tried = await deps.limit(() => tryToPlace(deps, id, request, keyed));
    if (tried.kind === 'placed' || tried.kind === 'known') {
      return { order: tried.order, replayed: tried.kind === 'known' };
    }
    if (tried.kind === 'short') throw outOfStock(tried.shortages);
    const pause = fullJitter(deps.policy.backoff, round, deps.random);
    if (deps.now() + pause > giveUpAt) throw contended();
    await deps.sleep(pause);
  }
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
    // Perhaps it was this very request that took the last of it. Asked after the stock was read, the answer holds: a
    // stock that was too small then cannot have been enough for a request with the same key since.
    const order = keyed && (await deps.orders.recall(keyed, deps.now()));
    if (order) return { kind: 'known', order };
    const unknown = ids.filter((productId) => !products.has(productId));
    if (unknown.length > 0) throw noSuchProduct(unknown);
    return { kind: 'short', shortages };
  }
  const now = deps.now();
  const order = orderOf(request, products, { id, createdAt: new Date(now).toISOString() });
  return deps.orders.place(order, keyed, now);
}

function noSuchProduct(ids: readonly string[]): AppError {
  const details = ids.map((id) => ({ path: 'product_id', reason: `there is no product "${id}"`, product_id: id }));
  return new AppError('NOT_FOUND', { message: 'There is no such product.', details });
}

function outOfStock(shortages: readonly Shortage[]): AppError {
  const details = shortages.map(({ productId, quantity, available }) => ({
    path: 'quantity',
    reason: `${quantity} of "${productId}" were asked for, ${available} are left`,
    product_id: productId,
    requested: quantity,
    available,
  }));
  return new AppError('OUT_OF_STOCK', { details });
}
