import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

type Item = Record<string, unknown>;

/**
 * `refused` holds the items whose own condition did not hold, by their position; its value is the item that was found
 * there, if it exists and the write asked for it with `ReturnValuesOnConditionCheckFailure`.
 */
export type TransactResult =
  | { readonly done: true }
  | { readonly done: false; readonly refused: ReadonlyMap<number, Item | undefined> };

/** Reasons that say "not now", never "not allowed": another transaction held an item, or capacity was short. */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

const retryPassing = retry(
  handleWhen((error) => error instanceof TransactionCanceledException && isPassing(error)),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 1_000 }) },
);

/**
 * One DynamoDB transaction (at most 100 items, 4 MB). A conflict with another transaction is retried with jitter and
 * never taken for a failed condition. The SDK adds a client token, so that its own resends have one effect.
 */
export async function transactWrite(client: DynamoDBDocumentClient, items: TransactItem[]): Promise<TransactResult> {
  try {
    await retryPassing.execute(() => client.send(new TransactWriteCommand({ TransactItems: items })));
    return { done: true };
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const refused = refusedBy(error);
    if (refused.size === 0) throw error;
    return { done: false, refused };
  }
}

/** Worth repeating only if nothing in it was refused for good. */
function isPassing(error: TransactionCanceledException): boolean {
  const reasons = codesOf(error).filter((code) => code !== 'None');
  return reasons.length > 0 && reasons.every((code) => PASSING.has(code));
}

function refusedBy(error: TransactionCanceledException): Map<number, Item | undefined> {
  const reasons = error.CancellationReasons ?? [];
  return new Map(
    reasons.flatMap(({ Code, Item }, index) =>
      Code === 'ConditionalCheckFailed' ? [[index, Item && unmarshall(Item)] as const] : [],
    ),
  );
}

function codesOf(error: TransactionCanceledException): string[] {
  return (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
}
