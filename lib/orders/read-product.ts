import { orNotFound } from '../kernel/errors.ts';
import { parseProductId } from './ids.ts';
import type { OrderDeps } from './ports.ts';
import type { Product } from './product.ts';

/** @throws AppError NOT_FOUND */
export async function readProduct({ products }: OrderDeps, text: string): Promise<Product> {
  const id = parseProductId(text);
  return orNotFound(id && (await products.read(id)), 'There is no such product.');
}
