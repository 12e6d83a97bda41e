import { invariant } from '../kernel/errors.ts';
import type { OrderId, ProductId } from './ids.ts';
import type { Product } from './product.ts';

export type Wanted = { readonly productId: ProductId; readonly quantity: number };

/** Each product once, in the order in which the request first named it. */
export type OrderRequest = { readonly buyerId: string; readonly lines: readonly Wanted[] };

/** `priceCents`: of one piece. */
export type OrderLine = Wanted & { readonly priceCents: bigint };

/** An order exists if and only if its stock was taken. It never changes. */
export type Order = {
  readonly id: OrderId;
  readonly buyerId: string;
  readonly lines: readonly OrderLine[];
  readonly totalCents: bigint;
  readonly createdAt: string;
};

/** A product whose stock is less than the requested quantity. */
export type Shortage = Wanted & { readonly available: number };

export type Products = ReadonlyMap<ProductId, Product>;

/** @param products all that the request names */
export function orderOf(request: OrderRequest, products: Products, made: { id: OrderId; createdAt: string }): Order {
  const lines = request.lines.map((wanted): OrderLine => {
    const product = products.get(wanted.productId);
    invariant(product, 'an order has only products that exist');
    return { ...wanted, priceCents: product.priceCents };
  });
  const totalCents = lines.reduce((sum, { quantity, priceCents }) => sum + BigInt(quantity) * priceCents, 0n);
  return { ...made, buyerId: request.buyerId, lines, totalCents };
}

export function shortagesIn({ lines }: OrderRequest, products: Products): Shortage[] {
  return lines
    .map((wanted) => ({ ...wanted, available: products.get(wanted.productId)?.stock ?? 0 }))
    .filter(({ quantity, available }) => available < quantity);
}
