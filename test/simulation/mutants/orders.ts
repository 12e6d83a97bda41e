import type { Mutant } from './mutant.ts';

/** Orders. */
export const orders: readonly Mutant[] = [
  {
    name: 'an order is recorded outside its transaction',
    domain: 'orders',
    file: 'lib/orders/dynamo-orders.ts',
    code: 'event: appendToOutbox(eventsTable, event),',
    becomes: '',
    and: [
      {
        file: 'lib/orders/dynamo-orders.ts',
        code: "if (result.done) return { kind: 'placed', order };",
        becomes:
          "if (result.done) { await tryTransactWriteNamed(client, { event: appendToOutbox(eventsTable, event) }); return { kind: 'placed', order }; }",
      },
    ],
  },
  {
    name: 'an order takes more than the stock',
    domain: 'orders',
    file: 'lib/orders/dynamo-orders.ts',
    code: "'#stock >= :quantity'",
    becomes: "'#stock >= :quantity OR #stock < :quantity'",
  },
  {
    name: 'a conflict counts as out of stock',
    domain: 'orders',
    file: 'lib/aws/transact.ts',
    code: 'const refused = [...reasons.entries()].filter(([, { Code }]) => Code === REFUSED);',
    becomes: 'const refused = [...reasons.entries()];',
  },
  {
    name: 'an order’s key is not remembered',
    domain: 'orders',
    file: 'lib/aws/idempotency.ts',
    code: "ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',",
    becomes: "ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now OR expires_at > :now',",
  },
  {
    name: 'an order’s total is one too little',
    domain: 'orders',
    file: 'lib/orders/order.ts',
    code: 'BigInt(quantity) * priceCents, 0n);',
    becomes: 'BigInt(quantity) * priceCents, -1n);',
  },
];
