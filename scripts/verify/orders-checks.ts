import { orderOf, productOf } from '../../lib/orders/items.ts';
import type { Order } from '../../lib/orders/order.ts';
import type { Product } from '../../lib/orders/product.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const ORDERS_CHECKS = {
  readable: 'every product and order is readable',
  totals: 'the lines of every order sum to its total, at the prices of its products',
  products: 'every line names an existing product',
  stock: 'the stock of each product is its initial stock less what was sold, and never negative',
} as const;
export type OrdersCheck = keyof typeof ORDERS_CHECKS;

/**
 * What was sold, by product. Memory grows with the products only.
 *
 * Products and orders cannot be read at one moment. So read each product before all orders and again after them: what was
 * sold lies between the two, and is exact when nothing is sold during the check.
 */
export class Sold {
  readonly differences: Difference<OrdersCheck>[] = [];
  readonly products = new Map<string, Product>();
  readonly pieces = new Map<string, number>();
  orders = 0;

  /** Takes a product as it was before the orders were read. */
  addProduct(item: Item): void {
    const tried = attempt(() => productOf(item));
    if ('value' in tried) this.products.set(tried.value.id, tried.value);
    else this.#unreadable(item, tried.error);
  }

  /** Takes any item of the table, once all products are known. */
  addAfterProducts(item: Item): void {
    if (item.sk === 'ORDER') this.#addOrder(item);
    else if (item.sk !== 'PRODUCT' && item.sk !== 'IDEM') this.#unreadable(item, 'unknown kind of item');
  }

  #addOrder(item: Item): void {
    this.orders += 1;
    const tried = attempt(() => orderOf(item));
    if ('error' in tried) {
      this.#unreadable(item, tried.error);
      return;
    }
    for (const { productId, quantity } of tried.value.lines) {
      this.pieces.set(productId, (this.pieces.get(productId) ?? 0) + quantity);
    }
    this.differences.push(...this.#differencesInOrder(tried.value));
  }

  #unreadable({ pk, sk }: Item, error: string): void {
    this.differences.push({ check: 'readable', id: `${pk}`, message: `${pk} ${sk}: ${error}` });
  }

  #differencesInOrder({ id, lines, totalCents }: Order): Difference<OrdersCheck>[] {
    const total = lines.reduce((sum, { quantity, priceCents }) => sum + BigInt(quantity) * priceCents, 0n);
    const prices = lines.flatMap(({ productId, priceCents }) => {
      const product = this.products.get(productId);
      return product ? unequal(`price of ${productId}`, product.priceCents, priceCents) : [];
    });
    const odd = lines.filter(({ quantity }) => !Number.isSafeInteger(quantity) || quantity < 1);
    return differencesOf<OrdersCheck>(id, `order ${id}`)('totals', [
      ...unequal('total', total, totalCents),
      ...prices,
      ...odd.map(({ productId, quantity }) => `quantity ${quantity} of ${productId}`),
      ...(lines.length === 0 ? ['has no line'] : []),
    ]);
  }

  /** Products whose stock does not match the orders: read them again. */
  get suspects(): string[] {
    const ids = new Set([...this.products.keys(), ...this.pieces.keys()]);
    return [...ids].filter((id) => this.differencesInStock(id, this.products.get(id)).length > 0);
  }

  /** @param after the product, read after the orders */
  differencesInStock(id: string, after: Product | undefined): Difference<OrdersCheck>[] {
    const differ = differencesOf<OrdersCheck>(id, `product ${id}`);
    const sold = this.pieces.get(id) ?? 0;
    if (!after) return differ('products', [`does not exist, but ${sold} pieces of it were sold`]);
    const before = this.products.get(id);
    const least = before ? before.initialStock - before.stock : 0;
    const most = after.initialStock - after.stock;
    const isSold = sold >= least && sold <= most;
    const sum = `${sold} of ${after.initialStock} pieces were sold, but ${after.stock} are left`;
    return differ('stock', [...(isSold ? [] : [sum]), ...(after.stock < 0 ? [`its stock is ${after.stock}`] : [])]);
  }
}

/** @param items a whole table that nothing is written to */
export function differencesInOrders(items: readonly Item[]): Difference<OrdersCheck>[] {
  const sold = new Sold();
  for (const item of items) if (item.sk === 'PRODUCT') sold.addProduct(item);
  for (const item of items) sold.addAfterProducts(item);
  const stock = sold.suspects.flatMap((id) => sold.differencesInStock(id, sold.products.get(id)));
  return [...sold.differences, ...stock];
}
