import type { DomainEvent, EventDeps } from '../events/index.ts';
import type { KeyedRequest, Known } from '../kernel/idempotency.ts';
import type { Limiter } from '../kernel/limiter.ts';
import type { RetryDeps } from '../kernel/optimistic-retry.ts';
import type { OrderId, ProductId } from './ids.ts';
import type { Order, Products, Shortage } from './order.ts';
import type { Product } from './product.ts';

export interface ProductStore {
  /**
   * Stores a new product with its event. If its key or its id is known, it answers with the product that exists.
   * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
   */
  insert(
    product: Product,
    keyed: KeyedRequest | undefined,
    now: number,
    event: DomainEvent,
  ): Promise<{ product: Product; replayed: boolean }>;
  read(id: ProductId): Promise<Product | undefined>;
  /** Those that exist, read after the call began. */
  readAll(ids: readonly ProductId[]): Promise<Products>;
}

/** What became of one try to place an order. Unless it is `placed`, nothing was written. */
export type Placed =
  | { readonly kind: 'placed'; readonly order: Order }
  /** Its key names this order. */
  | Known
  | { readonly kind: 'short'; readonly shortages: readonly Shortage[] }
  /** Other transactions had the same items. The stock may still cover the order. */
  | { readonly kind: 'contended' };

export interface OrderStore {
  /**
   * In one transaction: takes the stock, stores the order, its key and the event.
   * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
   */
  place(order: Order, keyed: KeyedRequest | undefined, now: number, event: DomainEvent): Promise<Placed>;
  read(id: OrderId): Promise<Order | undefined>;
  /** The id of the order that the key names. @throws AppError IDEMPOTENCY_MISMATCH */
  recall(keyed: KeyedRequest, now: number): Promise<Known | undefined>;
}

export type OrderDeps = EventDeps &
  RetryDeps & {
    readonly products: ProductStore;
    readonly orders: OrderStore;
    /** Limits the tries of one process at once. A waiting try reads the stock only when its turn comes. */
    readonly limit: Limiter;
    readonly newId: () => string;
  };
