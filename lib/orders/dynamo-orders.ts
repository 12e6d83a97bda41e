import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { firstOf, recall, rememberKey } from '../aws/idempotency.ts';
import { type TransactItem, tryTransactWrite } from '../aws/transact.ts';
import { updateParameters } from '../aws/update.ts';
import { invariant } from '../kernel/errors.ts';
import type { OrderId } from './ids.ts';
import { orderItem, orderKey, orderOf, productKey, productOf } from './items.ts';
import type { Order, Wanted } from './order.ts';
import type { OrderStore } from './ports.ts';

export function dynamoOrders(client: DynamoDBDocumentClient, table: string): OrderStore {
  async function read(id: OrderId): Promise<Order | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: orderKey(id), ConsistentRead: true }));
    return Item && orderOf(Item);
  }

  /** The order that an earlier request made. */
  async function existing(id: string): Promise<Order> {
    const order = await read(id as OrderId);
    invariant(order, 'an order is never deleted, and stored together with its key');
    return order;
  }

  function take({ productId, quantity }: Wanted): TransactItem {
    const update = updateParameters(table, productKey(productId), '#stock >= :quantity', {
      compute: { stock: '#stock - :quantity' },
      values: { ':quantity': quantity },
    });
    return { Update: { ...update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } };
  }

  return {
    async place(order, keyed, now) {
      const put = {
        Put: { TableName: table, Item: orderItem(order), ConditionExpression: 'attribute_not_exists(pk)' },
      };
      const taking = order.lines.map(take);
      const key = keyed ? [rememberKey(table, keyed, order.id, now)] : [];
      const tried = await tryTransactWrite(client, [...taking, put, ...key]);
      if (tried.done) return { kind: 'placed', order };

      const known = tried.refused.get(taking.length + 1);
      if (keyed && known) return { kind: 'known', order: await existing(firstOf(known, keyed.request)) };
      // The other writer may be a try of the same request, and may have taken the stock that is short.
      if (tried.passing) return { kind: 'contended' };
      invariant(!tried.refused.has(taking.length), 'a new order has a new id');
      const shortages = order.lines.flatMap(({ productId, quantity }, position) => {
        if (!tried.refused.has(position)) return [];
        const found = tried.refused.get(position);
        return [{ productId, quantity, available: found ? productOf(found).stock : 0 }];
      });
      return { kind: 'short', shortages };
    },

    read,

    async recall(keyed, now) {
      const id = await recall(client, table, keyed, now);
      return id === undefined ? undefined : existing(id);
    },
  };
}
