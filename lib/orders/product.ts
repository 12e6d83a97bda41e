import type { ProductId } from './ids.ts';

/**
 * Something that is sold until there is none left. Only `stock` ever changes, and only downwards: by what orders take.
 * So what was sold is `initialStock - stock` at every read, and a stock that does not cover a quantity never will.
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
  /** A new one if the caller gives none. */
  readonly id?: ProductId;
  readonly name: string;
  readonly stock: number;
  readonly priceCents: bigint;
};

/** Was this product made by a request such as this? */
export function isAsked({ name, initialStock, priceCents }: Product, asked: ProductRequest): boolean {
  return name === asked.name && initialStock === asked.stock && priceCents === asked.priceCents;
}
