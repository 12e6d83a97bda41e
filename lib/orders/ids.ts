import { NAME } from '../kernel/fields.ts';

/** The caller's or our own name of a product: 1 to 64 letters, digits, `_` and `-`, beginning with a letter or digit. */
export type ProductId = string & { readonly __brand: 'ProductId' };

export type OrderId = string & { readonly __brand: 'OrderId' };

export function parseProductId(text: string): ProductId | undefined {
  return NAME.test(text) ? (text as ProductId) : undefined;
}

export function parseOrderId(text: string): OrderId | undefined {
  return /^ord_[0-9a-f]{32}$/.test(text) ? (text as OrderId) : undefined;
}

/** @param uuid a new one */
export const productId = (uuid: string) => `prd_${uuid.replaceAll('-', '')}` as ProductId;
export const orderId = (uuid: string) => `ord_${uuid.replaceAll('-', '')}` as OrderId;
