import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { knownBy, recall, rememberKey } from '../aws/idempotency.ts';
import { getItem } from '../aws/read.ts';
import { putNewItem, type TransactItem, tryTransactWriteNamed } from '../aws/transact.ts';
import { updateParameters } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import type { OrderId } from './ids.ts';
import { orderItem, orderKey, orderOf, productKey, productOf } from './items.ts';
import type { Order, Wanted } from './order.ts';
import type { OrderStore } from './ports.ts';

export function dynamoOrders(client: DynamoDBDocumentClient, table: string, eventsTable: string): OrderStore {
  async function read(id: OrderId): Promise<Order | undefined> {
    const item = await getItem(client, table, orderKey(id));
    return item && orderOf(item);
  }

  function take({ productId, quantity }: Wanted): TransactItem {
    const update = updateParameters(table, productKey(productId), '#stock >= :quantity', {
      compute: { stock: '#stock - :quantity' },
      values: { ':quantity': quantity },
    });
    return { Update: { ...update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } };
  }

  const lineName = ({ productId }: Wanted) => `line ${productId}`;

  return {
    async place(order, keyed, now, event) {
      const result = await tryTransactWriteNamed<string>(client, {
        ...Object.fromEntries(order.lines.map((line) => [lineName(line), take(line)])),
        order: putNewItem(table, orderItem(order)),
        ...(keyed ? { key: rememberKey(table, keyed, order.id, now) } : {}),
        event: appendToOutbox(eventsTable, event),
      });
      if (result.done) return { kind: 'placed', order };

      const known = knownBy(result, keyed);
      if (known) return known;
      // The other transaction may be of the same request, and may have caused the shortage.
      if (result.isTransient) return { kind: 'contended' };
      invariant(!result.refused.has('order'), 'a new order has a new id');
      const shortages = order.lines.flatMap((line) => {
        if (!result.refused.has(lineName(line))) return [];
        const { productId, quantity } = line;
        const found = result.refused.get(lineName(line));
        return [{ productId, quantity, available: found ? productOf(found).stock : 0 }];
      });
      return { kind: 'short', shortages };
    },

    read,

    recall: (keyed, now) => recall(client, table, keyed, now),
  };
}
