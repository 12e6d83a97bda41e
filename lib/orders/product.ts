import type { ProductId } from './ids.ts';

/**
 * A product with a limited stock. Only `stock` changes, and orders only decrease it. So `initialStock - stock` is the number
 * sold, at every read, and a stock that does not cover a quantity never will.
 */
export type Product = {
  readonly id: ProductId;
  readonly name: string;
  readonly priceCents: bigint;
  readonly stock: number;
  readonly initialStock: number;
  readonly createdAt: string;
};

export type ProductRequest = {
  /** Generated if the caller gives none. */
  readonly id?: ProductId | undefined;
  readonly name: string;
  readonly stock: number;
  readonly priceCents: bigint;
};

/** Whether an equal request has created this product. */
export function matchesRequest({ name, initialStock, priceCents }: Product, request: ProductRequest): boolean {
  return name === request.name && initialStock === request.stock && priceCents === request.priceCents;
}
