import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { getItem } from '../aws/read.ts';
import { groupForTransactions, putNewItem, type TransactItem, transactWrite } from '../aws/transact.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import { MAX_TRANSACTION_ITEMS } from '../kernel/limits.ts';
import { rowItem, rowKey, rowOf, segmentItem } from './items.ts';
import type { EventOfRows, Stored, TransactionStore } from './ports.ts';
import { type Segment, segmentsOf } from './segment.ts';
import { differences, type Transaction } from './transaction.ts';

/** The items of a transaction besides its event. A segment takes an item of its own, and one for each row. */
const maxItems = (recorded: EventOfRows | undefined) => MAX_TRANSACTION_ITEMS - (recorded ? 1 : 0);
const PARALLEL_TRANSACTIONS = 4;

export function dynamoTransactions(
  client: DynamoDBDocumentClient,
  table: string,
  eventsTable: string,
): TransactionStore {
  /** Stores the new rows of a group and records the outcome of the others. The new rows alone always fit into a transaction. */
  async function insertGroup(
    segments: readonly Segment[],
    outcomes: Map<string, Stored>,
    recorded: EventOfRows | undefined,
  ): Promise<void> {
    const items: TransactItem[] = [];
    const rowAt = new Map<number, Transaction>();
    for (const segment of segments) {
      items.push({ Put: { TableName: table, Item: segmentItem(segment) } });
      for (const row of segment.transactions) {
        rowAt.set(items.length, row);
        items.push(putNewItem(table, rowItem(row)));
      }
    }
    const [first, ...others] = rowAt.values();
    if (recorded && first) items.push(appendToOutbox(eventsTable, recorded([first, ...others])));
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
    if (left.length > 0) await insertGroup(segmentsOf(left, maxItems(recorded) - 1), outcomes, recorded);
  }

  return {
    async insert(transactions, recorded) {
      const outcomes = new Map<string, Stored>();
      const segments = segmentsOf(transactions, maxItems(recorded) - 1);
      const groups = groupForTransactions(segments, (segment) => 1 + segment.transactions.length, maxItems(recorded));
      await pMap(groups, (group) => insertGroup(group, outcomes, recorded), { concurrency: PARALLEL_TRANSACTIONS });
      return transactions.map(({ id }) => {
        const outcome = outcomes.get(id);
        invariant(outcome, 'every row has an outcome');
        return outcome;
      });
    },

    async read(id) {
      const item = await getItem(client, table, rowKey(id));
      return item && rowOf(item);
    },
  };
}
