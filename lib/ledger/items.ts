import type { NamedResult, TransactItem } from '../aws/transact.ts';
import type { Unit } from '../kernel/money.ts';
import type { Account, Entry, EntryType } from './entry.ts';
import type { Stale } from './ports.ts';
import type { UserId } from './user-id.ts';
import type { Line, Posted, Wallet } from './wallet.ts';

/**
 * The ledger's items in DynamoDB, in the wallets table:
 *
 *     pk WALLET#<user>  sk WALLET         the balances, and the number of entries that made them
 *     pk WALLET#<user>  sk ENTRY#<seq>    the statement: every entry that moved the wallet, without a gap
 *     pk <its subject>  sk ENTRY#CAPTURE  an entry that moves no wallet, in the partition of what it is about
 *
 * Amounts are strings, so that no digit is lost. The postings are one JSON attribute, since nothing reads them separately:
 * the fewer attributes, the cheaper a write.
 */
export type Item = Record<string, unknown>;

export const walletKey = (userId: UserId) => ({ pk: `WALLET#${userId}`, sk: 'WALLET' });
export const LINES = 'ENTRY#';
export const lineKey = (userId: UserId, seq: number) => ({
  pk: `WALLET#${userId}`,
  sk: `${LINES}${String(seq).padStart(12, '0')}`,
});
/** @param pk of what the entry is about */
export const captureKey = (pk: string) => ({ pk, sk: 'ENTRY#CAPTURE' });

export function walletItem({ userId, balances, seq, createdAt }: Wallet): Item {
  const amounts = [...balances].map(([currency, minor]) => [currency, `${minor}`]);
  return { ...walletKey(userId), user_id: userId, balances: Object.fromEntries(amounts), seq, created_at: createdAt };
}

export function walletOf(item: Item): Wallet {
  const stored = item as { user_id: UserId; balances: Record<Unit, string>; seq: number; created_at: string };
  const balances = Object.entries(stored.balances).map(([code, minor]) => [code as Unit, BigInt(minor)] as const);
  return {
    userId: stored.user_id,
    balances: new Map(balances.sort(([a], [b]) => (a < b ? -1 : 1))),
    seq: stored.seq,
    createdAt: stored.created_at,
  };
}

export function entryItem({ id, type, postings, references, at }: Entry): Item {
  const written = postings.map(({ account, amount, currency }) => ({ account, amount: `${amount}`, currency }));
  return { entry_id: id, type, postings: JSON.stringify(written), ...references, at };
}

/** Every attribute whose name ends in `_id` is a reference, except the entry's own id. */
export function entryOfItem(item: Item): Entry {
  const { entry_id, ...stored } = item as { entry_id: string; type: EntryType; postings: string; at: string };
  const written = JSON.parse(stored.postings) as { account: Account; amount: string; currency: Unit }[];
  return {
    id: entry_id,
    type: stored.type,
    postings: written.map(({ account, amount, currency }) => ({ account, amount: BigInt(amount), currency })),
    references: Object.fromEntries(Object.entries(stored).filter(([name]) => name.endsWith('_id'))),
    at: stored.at,
  };
}

export function lineItem(userId: UserId, { seq, entry, currency, amount, balanceAfter }: Line): Item {
  const left = { currency, amount: `${amount}`, balance_after: `${balanceAfter}` };
  return { ...lineKey(userId, seq), ...entryItem(entry), ...left };
}

export function lineOf(item: Item): Line {
  const stored = item as { sk: string; currency: Unit; amount: string; balance_after: string };
  return {
    seq: Number(stored.sk.slice(LINES.length)),
    entry: entryOfItem(item),
    currency: stored.currency,
    amount: BigInt(stored.amount),
    balanceAfter: BigInt(stored.balance_after),
  };
}

/** An entry that moves no wallet, as part of the transaction that makes it true. */
export function appendCapture(table: string, pk: string, entry: Entry): TransactItem {
  return {
    Put: {
      TableName: table,
      Item: { ...captureKey(pk), ...entryItem(entry) },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

/** The wallet with its new balance, on condition that it has not changed since, and the new line of its statement. */
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

/** What a refused transaction with {@link postingItems} found. */
export function staleBy(tried: Extract<NamedResult<string>, { done: false }>): Stale {
  const found = tried.refused.get('wallet');
  return found ? { kind: 'stale', wallet: walletOf(found) } : { kind: 'stale' };
}
