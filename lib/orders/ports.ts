import type { KeyedRequest } from '../kernel/idempotency.ts';
import type { Limiter } from '../kernel/limiter.ts';
import type { RetryDeps } from '../kernel/optimistic-retry.ts';
import type { OrderId, ProductId } from './ids.ts';
import type { Order, Products, Shortage } from './order.ts';
import type { Product } from './product.ts';

export interface ProductStore {
  /**
   * Stores a new product, unless its request's key or its id is known: then answers with the product that is there.
   * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
   */
  insert(
    product: Product,
    keyed: KeyedRequest | undefined,
    now: number,
  ): Promise<{ product: Product; replayed: boolean }>;
  read(id: ProductId): Promise<Product | undefined>;
  /** Those that exist, as they are after the call began. */
  readAll(ids: readonly ProductId[]): Promise<Products>;
}

/** What became of one try to place an order. Unless it is `placed`, nothing was written. */
export type Placed =
  | { readonly kind: 'placed'; readonly order: Order }
  /** Its key stands for this order. */
  | { readonly kind: 'known'; readonly order: Order }
  | { readonly kind: 'short'; readonly shortages: readonly Shortage[] }
  /** Others wrote to the same items just then. It says nothing of the stock. */
  | { readonly kind: 'contended' };

export interface OrderStore {
  /**
   * In one transaction: takes the stock, stores the order, and remembers the key.
   * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
   */
  place(order: Order, keyed: KeyedRequest | undefined, now: number): Promise<Placed>;
  read(id: OrderId): Promise<Order | undefined>;
  /** The order that the key stands for. @throws AppError IDEMPOTENCY_MISMATCH */
  recall(keyed: KeyedRequest, now: number): Promise<Order | undefined>;
}

export type OrderDeps = RetryDeps & {
  readonly products: ProductStore;
  readonly orders: OrderStore;
  /** Tries of one process: those that wait look at the stock only when they can go. */
  readonly limit: Limiter;
  readonly newId: () => string;
};
