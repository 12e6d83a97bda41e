import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { knownBy, rememberKey } from '../aws/idempotency.ts';
import { batchGet, getItem } from '../aws/read.ts';
import { putNewItem, transactWriteNamed } from '../aws/transact.ts';
import { appendToOutbox } from '../events/items.ts';
import { coalesce } from '../kernel/coalesce.ts';
import { invariant } from '../kernel/errors.ts';
import type { ProductId } from './ids.ts';
import { productItem, productKey, productOf } from './items.ts';
import type { Products } from './order.ts';
import type { ProductStore } from './ports.ts';
import type { Product } from './product.ts';

export function dynamoProducts(client: DynamoDBDocumentClient, table: string, eventsTable: string): ProductStore {
  async function read(id: ProductId): Promise<Product | undefined> {
    const item = await getItem(client, table, productKey(id));
    return item && productOf(item);
  }

  const readTogether = coalesce(async (ids: string): Promise<Products> => {
    const items = await batchGet(
      client,
      table,
      ids.split(' ').map((id) => productKey(id as ProductId)),
    );
    return new Map(items.map(productOf).map((product) => [product.id, product]));
  });

  return {
    async insert(product, keyed, now, event) {
      const result = await transactWriteNamed<string>(client, {
        product: putNewItem(table, productItem(product)),
        ...(keyed ? { key: rememberKey(table, keyed, product.id, now) } : {}),
        event: appendToOutbox(eventsTable, event),
      });
      if (result.done) return { product, replayed: false };
      const known = knownBy(result, keyed);
      const found = result.refused.get('product');
      const first = known ? await read(known.resource as ProductId) : found && productOf(found);
      invariant(first, 'a product is never deleted');
      return { product: first, replayed: true };
    },

    read,

    readAll: (ids) => readTogether(ids.join(' ')),
  };
}
