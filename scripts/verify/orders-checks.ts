import { orderOf, productOf } from '../../lib/orders/items.ts';
import type { Order } from '../../lib/orders/order.ts';
import type { Product } from '../../lib/orders/product.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const ORDERS_CHECKS = {
  readable: 'every product and order can be read',
  totals: 'every order comes to its total, line by line, at the prices of its products',
  products: 'every line names a product that there is',
  stock: 'the stock of each product is what it was less what was sold, and never below zero',
} as const;
export type OrdersCheck = keyof typeof ORDERS_CHECKS;

/**
 * What was sold, by product. Orders are added one by one and none is held: what this holds grows with the products.
 * Orders and products are not read at one moment. So each product is to be read before all orders, and again after them:
 * what was sold lies between what either says, and is just that when nothing is sold meanwhile.
 */
export class Sold {
  readonly differences: Difference<OrdersCheck>[] = [];
  readonly products = new Map<string, Product>();
  readonly pieces = new Map<string, number>();
  orders = 0;

  /** As it was before the orders were read. */
  addProduct(item: Item): void {
    const tried = attempt(() => productOf(item));
    if ('read' in tried) this.products.set(tried.read.id, tried.read);
    else this.#unreadable(item, tried.why);
  }

  addOrder(item: Item): void {
    this.orders += 1;
    const tried = attempt(() => orderOf(item));
    if ('why' in tried) {
      this.#unreadable(item, tried.why);
      return;
    }
    for (const { productId, quantity } of tried.read.lines) {
      this.pieces.set(productId, (this.pieces.get(productId) ?? 0) + quantity);
    }
    this.differences.push(...this.#differencesInOrder(tried.read));
  }

  /** Of neither kind, and no idempotency key. */
  addOther(item: Item): void {
    if (item.sk !== 'IDEM') this.#unreadable(item, 'there are no such items');
  }

  #unreadable({ pk, sk }: Item, why: string): void {
    this.differences.push({ check: 'readable', id: `${pk}`, says: `${pk} ${sk}: ${why}` });
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
      ...odd.map(({ productId, quantity }) => `${quantity} of ${productId} cannot be sold`),
      ...(lines.length === 0 ? ['has no line'] : []),
    ]);
  }

  /** Those that were made, or sold, while the orders were read: they are to be read again. */
  get suspects(): string[] {
    const ids = new Set([...this.products.keys(), ...this.pieces.keys()]);
    return [...ids].filter((id) => this.differencesInStock(id, this.products.get(id)).length > 0);
  }

  /** @param after the product as it was after the orders were read */
  differencesInStock(id: string, after: Product | undefined): Difference<OrdersCheck>[] {
    const differ = differencesOf<OrdersCheck>(id, `product ${id}`);
    const sold = this.pieces.get(id) ?? 0;
    if (!after) return differ('products', [`${sold} pieces of it were sold, and there is no such product`]);
    const before = this.products.get(id);
    const least = before ? before.initialStock - before.stock : 0;
    const most = after.initialStock - after.stock;
    const isSold = sold >= least && sold <= most;
    const sum = `of ${after.initialStock} pieces ${sold} were sold, ${after.stock} are left`;
    return differ('stock', [...(isSold ? [] : [sum]), ...(after.stock < 0 ? [`its stock is ${after.stock}`] : [])]);
  }
}

/** Of a whole table in which nobody sells meanwhile. */
export function differencesInOrders(items: readonly Item[]): Difference<OrdersCheck>[] {
  const sold = new Sold();
  for (const item of items) if (item.sk === 'PRODUCT') sold.addProduct(item);
  for (const item of items) {
    if (item.sk === 'ORDER') sold.addOrder(item);
    else if (item.sk !== 'PRODUCT') sold.addOther(item);
  }
  const stock = sold.suspects.flatMap((id) => sold.differencesInStock(id, sold.products.get(id)));
  return [...sold.differences, ...stock];
}
