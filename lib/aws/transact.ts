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
 * `refused` has the items whose own condition did not hold, by their position or name. Its value is the stored item, if it
 * exists and the write asked for it with `ReturnValuesOnConditionCheckFailure`. `passing`: a conflict or a throttle, which
 * may be gone at the next try.
 */
type Tried<At> =
  | { readonly done: true }
  | { readonly done: false; readonly refused: ReadonlyMap<At, Item | undefined>; readonly passing: boolean };
export type TransactResult = Tried<number>;
export type NamedResult<Name extends string> = Tried<Name>;

/** These reasons mean "not now", never "not allowed": another transaction held an item, or capacity was short. */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** Repeating helps only if no condition was refused. */
const isWorthRepeating = (tried: TransactResult) => !tried.done && tried.refused.size === 0;

const retryPassing = retry(
  handleWhenResult((tried) => isWorthRepeating(tried as TransactResult)),
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

/** The same without retries, for callers that read again between two tries. */
async function tryTransactWrite(client: DynamoDBDocumentClient, items: TransactItem[]): Promise<TransactResult> {
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
