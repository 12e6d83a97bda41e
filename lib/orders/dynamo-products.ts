import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from '../aws/batch-get.ts';
import { firstOf, rememberKey } from '../aws/idempotency.ts';
import { transactWrite } from '../aws/transact.ts';
import { coalesce } from '../kernel/coalesce.ts';
import { invariant } from '../kernel/errors.ts';
import type { ProductId } from './ids.ts';
import { productItem, productKey, productOf } from './items.ts';
import type { Products } from './order.ts';
import type { ProductStore } from './ports.ts';
import type { Product } from './product.ts';

export function dynamoProducts(client: DynamoDBDocumentClient, table: string): ProductStore {
  async function read(id: ProductId): Promise<Product | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: productKey(id), ConsistentRead: true }));
    return Item && productOf(Item);
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
    async insert(product, keyed, now) {
      const put = {
        Put: {
          TableName: table,
          Item: productItem(product),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
        },
      };
      const written = await transactWrite(client, keyed ? [put, rememberKey(table, keyed, product.id, now)] : [put]);
      if (written.done) return { product, replayed: false };
      const [there, known] = [written.refused.get(0), written.refused.get(1)];
      const first = keyed && known ? await read(firstOf(known, keyed.request) as ProductId) : there && productOf(there);
      invariant(first, 'a product is never deleted');
      return { product: first, replayed: true };
    },

    read,

    readAll: (ids) => readTogether(ids.join(' ')),
  };
}
