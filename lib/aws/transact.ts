import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ExponentialBackoff, handleWhenResult, retry } from 'cockatiel';
import { contended } from '../kernel/errors.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

type Item = Record<string, unknown>;

/**
 * `refused` holds the items whose own condition did not hold, by their position; its value is the item that was found
 * there, if it exists and the write asked for it with `ReturnValuesOnConditionCheckFailure`.
 */
export type TransactResult =
  | { readonly done: true }
  | { readonly done: false; readonly refused: ReadonlyMap<number, Item | undefined> };

/** `passing`: something stood in the way that may be gone at the next try, whatever else was refused. */
type Tried = { readonly done: true } | (Extract<TransactResult, { done: false }> & { readonly passing: boolean });

/** Reasons that say "not now", never "not allowed": another transaction held an item, or capacity was short. */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** Worth repeating only if nothing in it was refused for good. */
const isWorthRepeating = (tried: Tried) => !tried.done && tried.refused.size === 0;

const retryPassing = retry(
  handleWhenResult((tried) => isWorthRepeating(tried as Tried)),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 1_000 }) },
);

/**
 * One DynamoDB transaction (at most 100 items, 4 MB). A conflict with another transaction is retried with jitter and
 * never taken for a failed condition. The SDK adds a client token, so that its own resends have one effect.
 * @throws AppError RATE_LIMITED conflicts outlasted the retries: nothing was written
 */
export async function transactWrite(client: DynamoDBDocumentClient, items: TransactItem[]): Promise<TransactResult> {
  const tried = await retryPassing.execute(() => tryTransactWrite(client, items));
  if (isWorthRepeating(tried)) throw contended();
  return tried;
}

/** The same without retries, for callers that have something to look at between one try and the next. */
export async function tryTransactWrite(client: DynamoDBDocumentClient, items: TransactItem[]): Promise<Tried> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: items }));
    return { done: true };
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = [...(error.CancellationReasons ?? []).entries()].filter(([, { Code = 'None' }]) => Code !== 'None');
    const passing = reasons.filter(([, { Code = '' }]) => PASSING.has(Code));
    const refused = reasons.filter(([, { Code }]) => Code === 'ConditionalCheckFailed');
    if (reasons.length === 0 || passing.length + refused.length < reasons.length) throw error; // a mistake of ours, say
    return {
      done: false,
      refused: new Map(refused.map(([position, { Item }]) => [position, Item && unmarshall(Item)])),
      passing: passing.length > 0,
    };
  }
}

/** `refused` has the names of the items whose own condition did not hold, and what was found there. */
export type NamedResult<Name extends string> =
  | { readonly done: true }
  | { readonly done: false; readonly refused: ReadonlyMap<Name, Item | undefined> };

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
  return { done: false, refused: new Map([...result.refused].map(([at, item]) => [names[at] as Name, item])) };
}
