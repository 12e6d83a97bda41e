import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { pick } from 'es-toolkit';
import { expect } from 'vitest';
import type { Config } from '../../lib/config.ts';
import { orderDeps } from '../../lib/dependencies/orders.ts';
import { AppError, type ErrorCode } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createProduct } from '../../lib/orders/create-product.ts';
import type { ProductId } from '../../lib/orders/ids.ts';
import { orderOf, productOf } from '../../lib/orders/items.ts';
import type { Order, OrderRequest } from '../../lib/orders/order.ts';
import { placeOrder } from '../../lib/orders/place-order.ts';
import type { OrderDeps } from '../../lib/orders/ports.ts';
import type { Product } from '../../lib/orders/product.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { eventsOf } from './outbox.ts';
import { settings } from './settings.ts';

/** The outcome of a request: its order, or the code and the details of its refusal. */
export type Bought =
  | { readonly order: Order; readonly replayed: boolean }
  | { readonly refused: ErrorCode; readonly details: readonly Record<string, unknown>[] };

type Tables = Pick<Config, 'ORDERS_TABLE' | 'EVENTS_TABLE'>;

/** A new table with products and orders, and the use cases that work on it. */
export class Shop {
  readonly deps: OrderDeps;
  readonly settings: Config;
  readonly #client = documentClient();

  private constructor(tables: Tables, client: DynamoDBDocumentClient, changes: Partial<OrderDeps>) {
    this.settings = settings(tables);
    this.deps = { ...orderDeps(this.settings, { dynamo: client }), ...changes };
  }

  static async open(
    database: Database,
    { client = documentClient(), ...changes }: Partial<OrderDeps> & { client?: DynamoDBDocumentClient } = {},
  ): Promise<Shop> {
    return new Shop(await database.newTables('ORDERS_TABLE', 'EVENTS_TABLE'), client, changes);
  }

  get table(): string {
    return this.settings.ORDERS_TABLE;
  }

  /** Another container of the same service: nothing in memory that the first one has. */
  newProcess(client = documentClient(), changes: Partial<OrderDeps> = {}): Shop {
    return new Shop(pick(this.settings, ['ORDERS_TABLE', 'EVENTS_TABLE']), client, changes);
  }

  /** Stocks the shop, by product. */
  async stock(stocks: Readonly<Record<string, number>>, priceCents = 250n): Promise<void> {
    for (const [id, stock] of Object.entries(stocks)) {
      await createProduct(this.deps, { id: id as ProductId, name: `The ${id}`, stock, priceCents }, undefined);
    }
  }

  async buy(request: OrderRequest, key?: string): Promise<Bought> {
    return outcome(placeOrder(this.deps, request, key as IdempotencyKey | undefined));
  }

  /** The content of the table, after {@link expectSound}. Each product and order has one event. */
  async audit(): Promise<{ products: Product[]; orders: Order[]; left: Record<string, number> }> {
    const items = await itemsOf(this.#client, this.table);
    const products = items.filter(({ sk }) => sk === 'PRODUCT').map(productOf);
    const orders = items.filter(({ sk }) => sk === 'ORDER').map(orderOf);
    expectSound(products, orders);
    const made = new Set<unknown>([...products, ...orders].map(({ id }) => id));
    for (const { sk, resource } of items) if (sk === 'IDEM') expect(made).toContain(resource);
    const events = await eventsOf(this.#client, this.settings.EVENTS_TABLE);
    expect(events.map(({ id }) => id)).toEqual(
      [...products.map(({ id }) => `product.created:${id}`), ...orders.map(({ id }) => `order.placed:${id}`)].sort(),
    );
    return { products, orders, left: Object.fromEntries(products.map(({ id, stock }) => [id, stock])) };
  }
}

/** Expects that no more was sold than there was, that stock fell by exactly what was sold, and that every total is right. */
function expectSound(products: readonly Product[], orders: readonly Order[]): void {
  const sold = new Map<ProductId, number>(products.map(({ id }) => [id, 0]));
  for (const { lines, totalCents } of orders) {
    for (const { productId, quantity } of lines) sold.set(productId, (sold.get(productId) ?? 0) + quantity);
    expect(totalCents).toBe(lines.reduce((sum, line) => sum + BigInt(line.quantity) * line.priceCents, 0n));
  }
  for (const { id, stock, initialStock } of products) {
    expect(stock).toBeGreaterThanOrEqual(0);
    expect({ id, sold: initialStock - stock }).toEqual({ id, sold: sold.get(id) });
  }
}

export async function outcome(placing: Promise<{ order: Order; replayed: boolean }>): Promise<Bought> {
  try {
    return await placing;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { refused: error.code, details: error.details };
  }
}

export function order(quantities: Readonly<Record<string, number>>, buyerId = 'buyer-1'): OrderRequest {
  const lines = Object.entries(quantities).map(([id, quantity]) => ({ productId: id as ProductId, quantity }));
  return { buyerId, lines };
}
