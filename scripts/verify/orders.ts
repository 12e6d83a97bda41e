import type { ProductId } from '../../lib/orders/ids.ts';
import { productKey, productOf } from '../../lib/orders/items.ts';
import { attempt, type Item } from './difference.ts';
import { type Findings, many, type Scope } from './examination.ts';
import { ORDERS_CHECKS, Sold } from './orders-checks.ts';

/** Reads the products, then the orders, then again the products whose stock does not match the orders. */
export async function examineOrders({ tables, onProgress }: Scope): Promise<Findings> {
  const sold = new Sold();
  await tables.scan('orders', { sk: 'PRODUCT', onItem: (item) => sold.addProduct(item), onProgress });
  await tables.scan('orders', { onItem: (item: Item) => sold.addAfterProducts(item), onProgress });

  const keys = sold.suspects.map((id) => productKey(id as ProductId));
  const again = (await tables.getAll('orders', keys)).flatMap((item) => {
    const tried = attempt(() => productOf(item));
    return 'value' in tried ? tried.value : [];
  });
  const after = new Map(again.map((product) => [`${product.id}`, product]));
  const stock = sold.suspects.flatMap((id) => sold.differencesInStock(id, after.get(id)));
  return {
    examined: `${many(sold.orders, 'order')} of ${many(sold.products.size, 'product')}`,
    checks: ORDERS_CHECKS,
    differences: [...sold.differences, ...stock],
  };
}
