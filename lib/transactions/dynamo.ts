import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { type TransactItem, transactWrite } from '../aws/transact.ts';
import { invariant } from '../kernel/errors.ts';
import { rowItem, rowKey, rowOf, segmentItem } from './items.ts';
import type { Stored, TransactionStore } from './ports.ts';
import { type Segment, segmentsOf } from './segment.ts';
import { differences, type Transaction } from './transaction.ts';

/** The most items that one transaction takes. */
const TRANSACTION_ITEMS = 100;
const PARALLEL_TRANSACTIONS = 4;

export function dynamoTransactions(client: DynamoDBDocumentClient, table: string): TransactionStore {
  /** Stores what is new of a group and finds out about the rest: a second try without it always fits. */
  async function insertGroup(segments: readonly Segment[], outcomes: Map<string, Stored>): Promise<void> {
    const items: TransactItem[] = [];
    const rowAt = new Map<number, Transaction>();
    for (const segment of segments) {
      items.push({ Put: { TableName: table, Item: segmentItem(segment) } });
      for (const row of segment.transactions) {
        rowAt.set(items.length, row);
        items.push(putRow(row));
      }
    }
    const written = await transactWrite(client, items);
    if (written.done) {
      for (const { id } of rowAt.values()) outcomes.set(id, 'stored');
      return;
    }
    for (const [position, found] of written.refused) {
      const given = rowAt.get(position);
      invariant(given && found, 'only rows have a condition, and it asks for the item');
      const known = rowOf(found);
      outcomes.set(given.id, differences(known, given).length === 0 ? 'unchanged' : { known });
    }
    const left = [...rowAt.values()].filter(({ id }) => !outcomes.has(id));
    if (left.length > 0) await insertGroup(segmentsOf(left, TRANSACTION_ITEMS - 1), outcomes);
  }

  function putRow(row: Transaction): TransactItem {
    return {
      Put: {
        TableName: table,
        Item: rowItem(row),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    };
  }

  return {
    async insert(transactions) {
      const outcomes = new Map<string, Stored>();
      const groups = groupForTransactions(segmentsOf(transactions, TRANSACTION_ITEMS - 1));
      await pMap(groups, (group) => insertGroup(group, outcomes), { concurrency: PARALLEL_TRANSACTIONS });
      return transactions.map(({ id }) => {
        const outcome = outcomes.get(id);
        invariant(outcome, 'every row has an outcome');
        return outcome;
      });
    },

    async read(id) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: rowKey(id), ConsistentRead: true }));
      return Item && rowOf(Item);
    },
  };
}

/** Whole segments, as many to a transaction as fit: a segment takes an item of its own and one for each row. */
function groupForTransactions(segments: readonly Segment[]): Segment[][] {
  const groups: Segment[][] = [];
  let room = 0;
  for (const segment of segments) {
    const items = 1 + segment.transactions.length;
    if (room < items) {
      groups.push([]);
      room = TRANSACTION_ITEMS;
    }
    groups.at(-1)?.push(segment);
    room -= items;
  }
  return groups;
}
