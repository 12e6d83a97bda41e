import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, queryAll } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWrite, tryTransactWriteNamed } from '../aws/transact.ts';
import { conditionalUpdateWith } from '../aws/update.ts';
import type { Item } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import type { UserId } from './entry.ts';
import {
  captureKey,
  entryOfItem,
  LINES,
  lineItem,
  lineKey,
  lineOf,
  replaceWallet,
  walletItem,
  walletKey,
  walletOf,
  writesOf,
} from './items.ts';
import type { Ledger } from './ports.ts';
import type { Line } from './wallet.ts';

/** The most entries that are read for one page when the caller wants only some of them. */
const MAX_ITEMS_READ = 2_000;

export function dynamoLedger(client: DynamoDBDocumentClient, table: string): Ledger {
  return {
    async insert(wallet, companion) {
      const written = await transactWrite(client, [
        putNewItem(table, walletItem(wallet)),
        ...Object.values(writesOf(companion)),
      ]);
      if (written.done) return { wallet, inserted: true };
      const found = written.refused.get(0);
      invariant(found, 'a wallet is never deleted');
      return { wallet: walletOf(found), inserted: false };
    },

    async open(before, after, companion) {
      const write = {
        table,
        key: walletKey(before.userId),
        condition: '#seq = :seq AND #balances = :before',
        change: {
          set: { balances: walletItem(after).balances },
          values: { ':seq': before.seq, ':before': walletItem(before).balances },
        },
      };
      const written = await conditionalUpdateWith(client, write, ...Object.values(writesOf(companion)));
      if (written.done) return { kind: 'done' };
      return { kind: 'stale' };
    },

    async read(userId) {
      const item = await getItem(client, table, walletKey(userId));
      return item && walletOf(item);
    },

    async post(before, after, entries) {
      const items: Record<string, TransactItem> = { wallet: replaceWallet(table, before, after) };
      for (const [place, { posted, companion }] of entries.entries()) {
        items[`${place}.line`] = putNewItem(table, lineItem(before.userId, posted.line));
        for (const [name, item] of Object.entries(writesOf(companion))) items[`${place}.with.${name}`] = item;
      }
      const result = await tryTransactWriteNamed(client, items);
      if (result.done) return { kind: 'done' };
      const found = result.refused.get('wallet');
      const companions = companionsIn(result.refused);
      return {
        kind: 'refused',
        companions,
        isContended: result.isTransient || result.refused.has('wallet') || companions.size === 0,
        wallet: found && walletOf(found),
      };
    },

    async line(userId, seq) {
      const item = await getItem(client, table, lineKey(userId, seq));
      return item && lineOf(item);
    },

    async between(userId, first, last) {
      const range = { ':first': lineKey(userId, first).sk, ':last': lineKey(userId, last).sk };
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: { ':pk': walletKey(userId).pk, ...range },
        ConsistentRead: true,
      });
      return items.map(lineOf);
    },

    async earlierCapture(kind, id) {
      const item = await getItem(client, table, captureKey(`${kind}#${id}`));
      return item && entryOfItem(item);
    },

    async lines(userId, { limit, before, isWanted, isEnd = () => false }) {
      const lines: Line[] = [];
      let next = before;
      for (let looked = 0; looked < MAX_ITEMS_READ; ) {
        const wanted = isWanted ? Math.min(MAX_ITEMS_READ, 4 * limit) : limit - lines.length;
        const page = await statement(client, table, userId, wanted, next);
        looked += page.length;
        for (const line of page) {
          if (isEnd(line)) return { lines };
          next = line.seq;
          if (!isWanted || isWanted(line)) lines.push(line);
          if (lines.length === limit) return next > 1 ? { lines, before: next } : { lines };
        }
        if (page.length < wanted) return { lines };
      }
      return next === undefined ? { lines } : { lines, before: next };
    },
  };
}

/** The refused items of companions, by the place of their entry and their own name. */
function companionsIn(refused: ReadonlyMap<string, Item | undefined>) {
  const companions = new Map<number, Map<string, Item | undefined>>();
  for (const [name, item] of refused) {
    const [, place, own] = /^(\d+)\.with\.(.+)$/.exec(name) ?? [];
    if (place === undefined || own === undefined) continue;
    const found = companions.get(Number(place)) ?? new Map();
    companions.set(Number(place), found.set(own, item));
  }
  return companions;
}

/** The lines before one of the statement, newest first: `limit` of them if there are as many. */
async function statement(
  client: DynamoDBDocumentClient,
  table: string,
  userId: UserId,
  limit: number,
  before: number | undefined,
): Promise<Line[]> {
  const lines: Line[] = [];
  let from: Item | undefined = before === undefined ? undefined : lineKey(userId, before);
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :lines)',
        ExpressionAttributeValues: { ':pk': walletKey(userId).pk, ':lines': LINES },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit - lines.length,
        ExclusiveStartKey: from,
      }),
    );
    lines.push(...Items.map(lineOf));
    from = LastEvaluatedKey;
  } while (from && lines.length < limit);
  return lines;
}
