import { AppError } from '../kernel/errors.ts';
import { parseProductId } from './ids.ts';
import type { OrderDeps } from './ports.ts';
import type { Product } from './product.ts';

/** @throws AppError NOT_FOUND */
export async function readProduct({ products }: OrderDeps, text: string): Promise<Product> {
  const id = parseProductId(text);
  const product = id && (await products.read(id));
  if (!product) throw new AppError('NOT_FOUND', { message: 'There is no such product.' });
  return product;
}
