import type { ProductId } from '../../lib/orders/ids.ts';
import { productKey, productOf } from '../../lib/orders/items.ts';
import { attempt, type Item } from './difference.ts';
import { type Findings, many, type Place } from './domain.ts';
import { ORDERS_CHECKS, Sold } from './orders-checks.ts';

/** The products, then the orders, then those products again whose stock the orders do not account for. */
export async function examineOrders({ tables, onProgress }: Place): Promise<Findings> {
  const sold = new Sold();
  await tables.scan('orders', { sk: 'PRODUCT', onItem: (item) => sold.addProduct(item), onProgress });
  const onItem = (item: Item) => {
    if (item.sk === 'ORDER') sold.addOrder(item);
    else if (item.sk !== 'PRODUCT') sold.addOther(item);
  };
  await tables.scan('orders', { onItem, onProgress });

  const keys = sold.suspects.map((id) => productKey(id as ProductId));
  const again = (await tables.getAll('orders', keys)).flatMap((item) => {
    const tried = attempt(() => productOf(item));
    return 'read' in tried ? tried.read : [];
  });
  const after = new Map<string, (typeof again)[number]>(again.map((product) => [product.id, product]));
  const stock = sold.suspects.flatMap((id) => sold.differencesInStock(id, after.get(id)));
  return {
    looked: `${many(sold.orders, 'order')} of ${many(sold.products.size, 'product')}`,
    checks: ORDERS_CHECKS,
    differences: [...sold.differences, ...stock],
  };
}
