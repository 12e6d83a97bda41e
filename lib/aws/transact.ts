import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
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
export async function transactWrite(client: DynamoDBDocumentClient, items: TransactItem[]): Promise<TransactResult> {
  const result = await retryTransient.execute(() => tryTransactWrite(client, items));
  if (isRetryable(result)) throw contended();
  return result;
}

/** The same without retries, for callers that read again before the next try. */
async function tryTransactWrite(client: DynamoDBDocumentClient, items: TransactItem[]): Promise<TransactResult> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: items }));
    return { done: true };
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = [...(error.CancellationReasons ?? []).entries()].filter(([, { Code = 'None' }]) => Code !== 'None');
    const transient = reasons.filter(([, { Code = '' }]) => TRANSIENT.has(Code));
    const refused = reasons.filter(([, { Code }]) => Code === 'ConditionalCheckFailed');
    if (reasons.length === 0 || transient.length + refused.length < reasons.length) throw error; // a bug of ours, for example
    return {
      done: false,
      refused: new Map(refused.map(([position, { Item }]) => [position, Item && unmarshall(Item)])),
      isTransient: transient.length > 0,
    };
  }
}

type Named<Name extends string> = Readonly<Record<Name, TransactItem>>;

/** {@link transactWrite} of items that have names, so that a refusal can be read by name. */
export async function transactWriteNamed<Name extends string>(client: DynamoDBDocumentClient, items: Named<Name>) {
  return byName(items, await transactWrite(client, Object.values(items)));
}

/** {@link tryTransactWrite} of items that have names. */
export async function tryTransactWriteNamed<Name extends string>(client: DynamoDBDocumentClient, items: Named<Name>) {
  return byName(items, await tryTransactWrite(client, Object.values(items)));
}

function byName<Name extends string>(items: Named<Name>, result: TransactResult): NamedResult<Name> {
  if (result.done) return result;
  const names = Object.keys(items) as Name[];
  return { ...result, refused: new Map([...result.refused].map(([at, item]) => [names[at] as Name, item])) };
}
