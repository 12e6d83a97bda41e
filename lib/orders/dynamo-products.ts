import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from '../aws/batch-get.ts';
import { knownBy, rememberKey } from '../aws/idempotency.ts';
import { transactWriteNamed } from '../aws/transact.ts';
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
      const tried = await transactWriteNamed<string>(client, {
        product: put,
        ...(keyed ? { key: rememberKey(table, keyed, product.id, now) } : {}),
      });
      if (tried.done) return { product, replayed: false };
      const known = knownBy(tried, keyed);
      const there = tried.refused.get('product');
      const first = known ? await read(known.resource as ProductId) : there && productOf(there);
      invariant(first, 'a product is never deleted');
      return { product: first, replayed: true };
    },

    read,

    readAll: (ids) => readTogether(ids.join(' ')),
  };
}
