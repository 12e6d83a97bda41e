import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { firstOf, recall, rememberKey } from '../aws/idempotency.ts';
import { newestFirst } from '../aws/listing.ts';
import { type NamedResult, type TransactItem, tryTransactWriteNamed } from '../aws/transact.ts';
import { conditionalUpdate, putNew } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import type { KeyedRequest } from '../kernel/idempotency.ts';
import { parseProviderId, type UserId } from './ids.ts';
import {
  ALL_PROVIDERS,
  type Item,
  LINES,
  lineItem,
  lineKey,
  lineOf,
  providerItem,
  providerKey,
  providerOf,
  walletItem,
  walletKey,
  walletOf,
} from './items.ts';
import type { Known, ProviderStore, Stale, WalletStore } from './ports.ts';
import type { Line, Posted } from './wallet.ts';

/** Entries that are looked at for one page when only one type of them is asked for. */
const MAX_ITEMS_READ = 2_000;

export function dynamoWallets(client: DynamoDBDocumentClient, table: string, outbox: string): WalletStore {
  async function get(key: Item): Promise<Item | undefined> {
    return (await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
  }

  async function read(userId: UserId) {
    const item = await get(walletKey(userId));
    return item && walletOf(item);
  }

  return {
    read,

    async insert(wallet) {
      const written = await putNew(client, table, walletItem(wallet));
      if (written.done) return { wallet, inserted: true };
      invariant(written.found, 'a wallet that is in the way is there');
      return { wallet: walletOf(written.found), inserted: false };
    },

    async open(before, after) {
      const written = await conditionalUpdate(client, {
        table,
        key: walletKey(before.userId),
        condition: '#seq = :seq AND #balances = :before',
        change: {
          set: { balances: walletItem(after).balances },
          values: { ':seq': before.seq, ':before': walletItem(before).balances },
        },
      });
      if (written.done) return { kind: 'done' };
      return written.found ? { kind: 'stale', wallet: walletOf(written.found) } : { kind: 'stale' };
    },

    async deposit(posted, keyed, event) {
      const tried = await tryTransactWriteNamed(client, {
        key: rememberKey(table, keyed, `${posted.line.seq}`, Date.parse(event.time)),
        ...postingItems(table, posted),
        event: appendToOutbox(outbox, event),
      });
      return tried.done ? { kind: 'done' } : (knownBy(tried, keyed) ?? staleBy(tried));
    },

    async line(userId, seq) {
      const item = await get(lineKey(userId, seq));
      return item && lineOf(item);
    },

    async lines(userId, { limit, before, type }) {
      const lines: Line[] = [];
      let next = before;
      for (let looked = 0; looked < MAX_ITEMS_READ; ) {
        const wanted = type === undefined ? limit - lines.length : Math.min(MAX_ITEMS_READ, 4 * limit);
        const page = await statement(client, table, userId, wanted, next);
        looked += page.length;
        for (const line of page) {
          next = line.seq;
          if (type === undefined || line.entry.type === type) lines.push(line);
          if (lines.length === limit) return next > 1 ? { lines, before: next } : { lines };
        }
        if (page.length < wanted) return { lines };
      }
      return next === undefined ? { lines } : { lines, before: next };
    },

    recall: (keyed, now) => recall(client, table, keyed, now),
  };
}

/** What stands before a line of the statement, newest first; all of it unless DynamoDB's page is full before. */
async function statement(
  client: DynamoDBDocumentClient,
  table: string,
  userId: UserId,
  limit: number,
  before: number | undefined,
): Promise<Line[]> {
  const lines: Line[] = [];
  let from = before === undefined ? undefined : lineKey(userId, before);
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :lines)',
        ExpressionAttributeValues: { ':pk': walletKey(userId).pk, ':lines': LINES },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit - lines.length,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    lines.push(...Items.map(lineOf));
    from = LastEvaluatedKey as typeof from;
  } while (from && lines.length < limit);
  return lines;
}

/** The wallet with its new balance, on condition that nobody has posted since, and the new line of its statement. */
export function postingItems(table: string, { before, after, line }: Posted) {
  const wallet: TransactItem = {
    Put: {
      TableName: table,
      Item: walletItem(after),
      ConditionExpression: '#seq = :seq AND #balances = :before',
      ExpressionAttributeNames: { '#seq': 'seq', '#balances': 'balances' },
      ExpressionAttributeValues: { ':seq': before.seq, ':before': walletItem(before).balances },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
  const entry: TransactItem = {
    Put: { TableName: table, Item: lineItem(before.userId, line), ConditionExpression: 'attribute_not_exists(pk)' },
  };
  return { wallet, line: entry };
}

/** @throws AppError IDEMPOTENCY_MISMATCH */
export function knownBy(tried: Extract<NamedResult<string>, { done: false }>, keyed: KeyedRequest): Known | undefined {
  const found = tried.refused.get('key');
  return found && { kind: 'known', resource: firstOf(found, keyed.request) };
}

export function staleBy(tried: Extract<NamedResult<string>, { done: false }>): Stale {
  const found = tried.refused.get('wallet');
  return found ? { kind: 'stale', wallet: walletOf(found) } : { kind: 'stale' };
}

export function dynamoProviders(client: DynamoDBDocumentClient, table: string): ProviderStore {
  return {
    async insert(provider) {
      const written = await putNew(client, table, providerItem(provider));
      if (written.done) return { provider, inserted: true };
      invariant(written.found, 'a provider that is in the way is there');
      return { provider: providerOf(written.found), inserted: false };
    },

    async read(id) {
      const { Item: item } = await client.send(
        new GetCommand({ TableName: table, Key: providerKey(id), ConsistentRead: true }),
      );
      return item && providerOf(item);
    },

    async list(page) {
      const { items, ...rest } = await newestFirst(client, table, ALL_PROVIDERS, page, (text) => {
        const id = parseProviderId(text);
        return id && providerKey(id);
      });
      return { providers: items.map(providerOf), ...rest };
    },
  };
}
