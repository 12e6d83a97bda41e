import { NAME } from '../kernel/fields.ts';
import { generatedId } from '../kernel/id.ts';

/** The caller's or our own name of a product: 1 to 64 letters, digits, `_` and `-`, beginning with a letter or digit. */
export type ProductId = string & { readonly __brand: 'ProductId' };

export type OrderId = string & { readonly __brand: 'OrderId' };

export function parseProductId(text: string): ProductId | undefined {
  return NAME.test(text) ? (text as ProductId) : undefined;
}

export const { from: productId } = generatedId<ProductId>('prd');
export const { from: orderId, parse: parseOrderId, pattern: ORDER_ID } = generatedId<OrderId>('ord');
