import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { range } from 'es-toolkit';
import { giveBack, refuseBeyondLimit, reserve } from '../access/items.ts';
import { keyRecord, knownBy, rememberKey, resourceIn } from '../aws/idempotency.ts';
import { getItem, sharedReads } from '../aws/read.ts';
import { firstOfShards } from '../aws/shards.ts';
import { putNewItem, type TransactItem, transactWriteNamed } from '../aws/transact.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import { companion, STALE, walletKey, walletOf } from '../ledger/items.ts';
import { type PaymentId, paymentIdOf } from './ids.ts';
import {
  PENDING_SHARDS,
  paymentItem,
  paymentKey,
  paymentOf,
  pendingPartition,
  providerKey,
  providerOf,
} from './items.ts';
import type { Payment } from './payment.ts';
import type { PaymentStore } from './ports.ts';

/** For each shard: more than one run of the recovery can resolve. */
const MAX_OVERDUE = 1_000;

type Tables = { readonly wallets: string; readonly events: string; readonly access: string };

export function dynamoPayments(client: DynamoDBDocumentClient, tables: Tables): PaymentStore {
  const table = tables.wallets;
  const readTogether = sharedReads(client, table);

  /** Replaces the payment, on condition that it has not changed since it was read. */
  function become(after: Payment, condition: string, values: Item): TransactItem {
    return {
      Put: {
        TableName: table,
        Item: paymentItem(after),
        ConditionExpression: condition,
        ExpressionAttributeNames: {
          '#status': 'status',
          ...(condition.includes('#count') ? { '#count': 'refund_count' } : {}),
        },
        ExpressionAttributeValues: values,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    };
  }

  const conclude = (after: Payment) => become(after, '#status = :pending', { ':pending': 'PENDING' });

  /** The payment that refused its item. */
  function movedTo(refused: ReadonlyMap<string, Item | undefined>) {
    if (!refused.has('payment')) return undefined;
    const found = refused.get('payment');
    invariant(found, 'a payment is never deleted');
    return { kind: 'moved', payment: paymentOf(found) } as const;
  }

  async function read(id: PaymentId): Promise<Payment | undefined> {
    const item = await getItem(client, table, paymentKey(id));
    return item && paymentOf(item);
  }

  return {
    read,

    async prepare({ userId, providerId }, key, now) {
      // At data version 2 and earlier a payment had an id of its own, which a record of its key named for a day.
      const record = keyRecord({ scope: `payment:${userId}`, key });
      const keys = [walletKey(userId), providerKey(providerId), paymentKey(paymentIdOf(userId, key)), record];
      const items = await readTogether(keys);
      const [wallet, provider, payment, earlier] = keys.map(({ pk, sk }) =>
        items.find((item) => item.pk === pk && item.sk === sk),
      );
      const earlierId = resourceIn(earlier, now) as PaymentId | undefined;
      return {
        wallet: wallet && walletOf(wallet),
        provider: provider && providerOf(provider),
        payment: payment ? paymentOf(payment) : await (earlierId && read(earlierId)),
      };
    },

    toBegin(payment, event, demand) {
      const items = {
        payment: putNewItem(table, paymentItem(payment)),
        event: appendToOutbox(tables.events, event),
        ...reserve(tables.access, demand),
      };
      return companion(items, (refused) => movedTo(refused) ?? refuseBeyondLimit(refused, demand) ?? STALE);
    },

    async approve(payment, event) {
      const result = await transactWriteNamed(client, {
        payment: conclude(payment),
        event: appendToOutbox(tables.events, event),
      });
      if (result.done) return { kind: 'done' };
      const moved = movedTo(result.refused);
      invariant(moved, 'what goes with an approval is refused only together with it');
      return moved;
    },

    toGiveBack(payment, event, reserved) {
      const items = {
        payment: conclude(payment),
        event: appendToOutbox(tables.events, event),
        ...giveBack(tables.access, reserved),
      };
      return companion(items, (refused) => movedTo(refused) ?? STALE);
    },

    toRefund(payment, keyed, event, demand) {
      const refund = payment.refunds.at(-1);
      invariant(refund, 'there is a refund to add');
      const items = {
        key: rememberKey(table, keyed, refund.id, Date.parse(refund.at)),
        payment: become(payment, '#status = :approved AND #count = :count', {
          ':approved': 'APPROVED',
          ':count': payment.refunds.length - 1,
        }),
        event: appendToOutbox(tables.events, event),
        ...reserve(tables.access, demand),
      };
      return companion(items, (refused) => {
        const known = knownBy({ refused }, keyed);
        if (!known && !refused.has('payment')) refuseBeyondLimit(refused, demand);
        return known ?? STALE;
      });
    },

    async listOverdue(now) {
      return (await Promise.all(overdue(table, now).map((shard) => idsIn(client, shard)))).flat();
    },

    async oldestOverdue(now) {
      const [oldest] = await firstOfShards(client, overdue(table, now), 'gsi1sk', 1);
      return oldest && { since: `${`${oldest.gsi1sk}`.split('#', 1)[0]}`, id: oldest.id as PaymentId };
    },
  };
}

/** A query for each shard. */
const overdue = (table: string, now: number) =>
  range(PENDING_SHARDS).map(
    (shard): QueryCommandInput => ({
      TableName: table,
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :shard AND gsi1sk < :now',
      ExpressionAttributeValues: { ':shard': pendingPartition(shard), ':now': new Date(now).toISOString() },
    }),
  );

async function idsIn(client: DynamoDBDocumentClient, shard: QueryCommandInput): Promise<PaymentId[]> {
  const ids: PaymentId[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, shard)) {
    ids.push(...Items.map(({ id }) => id as PaymentId));
    if (ids.length >= MAX_OVERDUE) break;
  }
  return ids;
}
