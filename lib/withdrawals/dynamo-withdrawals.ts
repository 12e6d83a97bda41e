import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isEqual } from 'es-toolkit';
import { keyRecord, knownBy, recall, rememberKey, resourceIn } from '../aws/idempotency.ts';
import { newestFirst } from '../aws/listing.ts';
import { getItem, queryAll } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWriteNamed, tryTransactWriteNamed } from '../aws/transact.ts';
import { conditionalPut, conditionalUpdate } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import { appendCapture, postingItems, staleBy } from '../ledger/items.ts';
import { deadLetterItem } from '../recovery/items.ts';
import { keyScope, parseWithdrawalId, type WithdrawalId } from './ids.ts';
import {
  OPEN_SHARDS,
  openOf,
  openPartition,
  userPartition,
  withdrawalItem,
  withdrawalKey,
  withdrawalOf,
} from './items.ts';
import type { Changed, ExtraWrites, WithdrawalStore } from './ports.ts';
import type { Withdrawal } from './withdrawal.ts';

type Tables = { readonly withdrawals: string; readonly wallets: string; readonly outbox: string };

export function dynamoWithdrawals(client: DynamoDBDocumentClient, tables: Tables, keyLifeMs: number): WithdrawalStore {
  const table = tables.withdrawals;

  async function read(id: WithdrawalId): Promise<Withdrawal | undefined> {
    const item = await getItem(client, table, withdrawalKey(id));
    return item && withdrawalOf(item);
  }

  /** The next version, on condition that the stored one is still the one that was read. */
  const next = (before: Withdrawal, after: Withdrawal) => ({
    TableName: table,
    Item: withdrawalItem(after),
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': before.version },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  });

  function besides({ id }: Withdrawal, { events = [], capture, posted }: ExtraWrites): Record<string, TransactItem> {
    return {
      ...Object.fromEntries(events.map((event, index) => [`event${index}`, appendToOutbox(tables.outbox, event)])),
      ...(posted ? postingItems(tables.wallets, posted) : {}),
      ...(capture ? { capture: appendCapture(tables.wallets, withdrawalKey(id).pk, capture) } : {}),
    };
  }

  return {
    read,

    recall: (keyed, now) => recall(client, table, keyed, now),

    async insert(withdrawal, keyed, extraWrites, now) {
      const result = await writerOf(extraWrites)(client, {
        key: rememberKey(table, keyed, withdrawal.id, now, keyLifeMs),
        withdrawal: putNewItem(table, withdrawalItem(withdrawal)),
        ...besides(withdrawal, extraWrites),
      });
      return result.done ? { kind: 'done' } : (knownBy(result, keyed) ?? staleBy(result));
    },

    async readByKey(userId, key, now) {
      const record = await getItem(client, table, keyRecord({ scope: keyScope(userId), key }));
      const id = resourceIn(record, now);
      return id === undefined ? undefined : read(id as WithdrawalId);
    },

    async advance(before, after, extraWrites = {}) {
      const others = besides(after, extraWrites);
      const put = next(before, after);
      if (Object.keys(others).length === 0) {
        const written = await conditionalPut(client, put);
        if (written.done || isEqual(written.found, put.Item)) return { kind: 'done' };
        return changedTo(written.found);
      }
      const result = await writerOf(extraWrites)(client, { withdrawal: { Put: put }, ...others });
      if (result.done) return { kind: 'done' };
      return result.refused.has('withdrawal') ? changedTo(result.refused.get('withdrawal')) : staleBy(result);
    },

    list(userId, { status, ...page }) {
      const ids = { parseId: parseWithdrawalId, keyOf: withdrawalKey };
      const listing = { table, partition: userPartition(userId), ...ids, decode: withdrawalOf };
      return newestFirst(client, status ? { ...listing, where: { status } } : listing, page);
    },

    async listOpen() {
      const shards = Array.from({ length: OPEN_SHARDS }, (_, shard) =>
        queryAll(client, {
          TableName: table,
          IndexName: 'gsi2',
          KeyConditionExpression: 'gsi2pk = :shard',
          ExpressionAttributeValues: { ':shard': openPartition(shard) },
        }),
      );
      return (await Promise.all(shards)).flat().map(openOf);
    },

    async recordDeadLetter({ withdrawalId, version }, deadLetter) {
      await conditionalUpdate(client, {
        table,
        key: withdrawalKey(withdrawalId),
        condition: 'attribute_exists(gsi2pk) AND #version = :version',
        change: { set: { dead_letter: deadLetterItem(deadLetter) }, values: { ':version': version } },
      });
    },

    async clearDeadLetter(id) {
      await conditionalUpdate(client, {
        table,
        key: withdrawalKey(id),
        condition: 'attribute_exists(pk)',
        change: { remove: ['dead_letter'] },
      });
    },
  };
}

/** A posting reads the wallet again before its next try; every other write can be repeated unchanged. */
const writerOf = ({ posted }: ExtraWrites) => (posted ? tryTransactWriteNamed : transactWriteNamed);

function changedTo(found: Item | undefined): Changed {
  invariant(found, 'a withdrawal is never deleted');
  return { kind: 'changed', withdrawal: withdrawalOf(found) };
}
