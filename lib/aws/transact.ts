import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ExponentialBackoff, handleWhenResult, retry } from 'cockatiel';
import type { Item } from '../kernel/codec.ts';
import { contended } from '../kernel/errors.ts';
import { MAX_TRANSACTION_ITEMS } from '../kernel/limits.ts';
import { AGAIN, together } from './together.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Stores an item unless its key is taken. */
export const putNewItem = (table: string, item: Item): TransactItem => ({
  Put: {
    TableName: table,
    Item: item,
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

/**
 * Groups parts that must not be split, as many to a transaction as fit.
 * @param itemsOf the number of items of a part
 * @param max fewer than a transaction has, if it has other items too
 */
export function groupForTransactions<Part>(
  parts: readonly Part[],
  itemsOf: (part: Part) => number,
  max = MAX_TRANSACTION_ITEMS,
): Part[][] {
  const groups: Part[][] = [];
  let room = 0;
  for (const part of parts) {
    const items = itemsOf(part);
    if (room < items) {
      groups.push([]);
      room = max;
    }
    groups.at(-1)?.push(part);
    room -= items;
  }
  return groups;
}

/**
 * `refused` has the items whose own condition did not hold, by their position or name. Its value is the stored item, if it
 * exists and the write asked for it with `ReturnValuesOnConditionCheckFailure`. `isTransient`: a conflict or a throttle
 * refused the transaction too; the next try may succeed.
 */
type Result<At> =
  | { readonly done: true }
  | { readonly done: false; readonly refused: ReadonlyMap<At, Item | undefined>; readonly isTransient: boolean };
export type TransactResult = Result<number>;
export type NamedResult<Name extends string> = Result<Name>;

const REFUSED = 'ConditionalCheckFailed';
/** With these reasons no condition was refused: another transaction held an item, or capacity was short. */
const TRANSIENT = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** A retry helps only if no condition was refused. */
const isRetryable = (result: TransactResult) => !result.done && result.refused.size === 0;

const retryTransient = retry(
  handleWhenResult((result) => isRetryable(result as TransactResult)),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 1_000 }) },
);

/**
 * One DynamoDB transaction (at most 100 items, 4 MB). Conflicts with other transactions are retried with jitter; they are
 * not failed conditions. The SDK adds a client token, so that its own retries have one effect.
 * @throws AppError RATE_LIMITED other transactions were first at every try: nothing was written
 */
export function transactWrite(client: DynamoDBDocumentClient, items: TransactItem[]): Promise<TransactResult> {
  return retried(async () => resultOf(await reasonsOf(client, items)));
}

async function retried(write: () => Promise<TransactResult>): Promise<TransactResult> {
  const result = await retryTransient.execute(write);
  if (isRetryable(result)) throw contended();
  return result;
}

/** Writes. @returns why it was refused: a reason for each item. None if it was written. */
async function reasonsOf(
  client: DynamoDBDocumentClient,
  items: readonly TransactItem[],
): Promise<readonly CancellationReason[]> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: [...items] }));
    return [];
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = error.CancellationReasons ?? [];
    const known = reasons.filter(({ Code = 'None' }) => TRANSIENT.has(Code) || Code === REFUSED);
    if (known.length === 0 || known.length < reasons.filter(isReason).length) throw error; // a bug of ours, for example
    return reasons;
  }
}

const isReason = ({ Code = 'None' }: CancellationReason) => Code !== 'None';

function resultOf(reasons: readonly CancellationReason[]): TransactResult {
  if (!reasons.some(isReason)) return { done: true };
  const refused = [...reasons.entries()].filter(([, { Code }]) => Code === REFUSED);
  return {
    done: false,
    refused: new Map(refused.map(([position, { Item }]) => [position, Item && unmarshall(Item)])),
    isTransient: reasons.some(({ Code = 'None' }) => TRANSIENT.has(Code)),
  };
}

/** The transactions of each client that meet are written in one. */
const shared = new WeakMap<DynamoDBDocumentClient, (items: readonly TransactItem[]) => Promise<TransactResult>>();

function writeTogether(client: DynamoDBDocumentClient, items: readonly TransactItem[]): Promise<TransactResult> {
  const write = shared.get(client) ?? together(disjoint, (transactions) => writeAll(client, transactions));
  shared.set(client, write);
  return write(items);
}

/** Those that one transaction can write: at most 100 items, none of them twice. */
function disjoint(waiting: readonly (readonly TransactItem[])[]): ReadonlySet<readonly TransactItem[]> {
  const taken = new Set<readonly TransactItem[]>();
  const keys = new Set<string>();
  for (const items of waiting) {
    const own = items.map(keyOf);
    if (taken.size > 0 && (keys.size + own.length > MAX_TRANSACTION_ITEMS || own.some((key) => keys.has(key))))
      continue;
    for (const key of own) keys.add(key);
    taken.add(items);
  }
  return taken;
}

function keyOf({ Put, Update, Delete, ConditionCheck }: TransactItem): string {
  const { TableName, Item, Key } = {
    Item: undefined,
    Key: undefined,
    TableName: '',
    ...(Put ?? Update ?? Delete ?? ConditionCheck),
  };
  const { pk, sk } = Item ?? Key ?? {};
  return JSON.stringify([TableName, pk, sk]);
}

/** One transaction. If it is refused, those that did not cause it have written nothing, and are sent again. */
async function writeAll(client: DynamoDBDocumentClient, transactions: readonly (readonly TransactItem[])[]) {
  const reasons = await reasonsOf(client, transactions.flat());
  const isWritten = reasons.length === 0;
  let from = 0;
  return transactions.map((items) => {
    const own = reasons.slice(from, from + items.length);
    from += items.length;
    return isWritten || own.some(isReason) ? resultOf(own) : AGAIN;
  });
}

type Named<Name extends string> = Readonly<Record<Name, TransactItem>>;

/**
 * {@link transactWrite} of a few items that have names, so that a refusal can be read by name. Those of one process that meet are written
 * in one transaction.
 */
export async function transactWriteNamed<Name extends string>(client: DynamoDBDocumentClient, items: Named<Name>) {
  return byName(items, await retried(() => writeTogether(client, Object.values(items))));
}

/** The same without retries, for callers that read again before the next try. */
export async function tryTransactWriteNamed<Name extends string>(client: DynamoDBDocumentClient, items: Named<Name>) {
  return byName(items, await writeTogether(client, Object.values(items)));
}

function byName<Name extends string>(items: Named<Name>, result: TransactResult): NamedResult<Name> {
  if (result.done) return result;
  const names = Object.keys(items) as Name[];
  return { ...result, refused: new Map([...result.refused].map(([at, item]) => [names[at] as Name, item])) };
}
