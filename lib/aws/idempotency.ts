import { AppError } from '../kernel/errors.ts';
import { fingerprint, type IdempotencyKey } from '../kernel/idempotency.ts';
import type { TransactItem } from './transact.ts';

/** A request that carried a key: `scope` names the operation and, where keys are somebody's, whose. */
export type KeyedRequest = {
  readonly scope: string;
  readonly key: IdempotencyKey;
  /** What the caller asked for, as it was understood. */
  readonly request: unknown;
};

type Item = Record<string, unknown>;

/** Keys are remembered this long (as Stripe's); after that a key may name a new request. */
export const KEY_LIFE_MS = 24 * 60 * 60 * 1_000;

/**
 * The record that makes a request one of a kind, as part of the transaction that carries the request out: it names the
 * resource that was made. If it is refused, {@link firstOf} says what the key stands for.
 * @param nowMs epoch milliseconds
 */
export function rememberKey(
  table: string,
  { scope, key, request }: KeyedRequest,
  resource: string,
  nowMs: number,
  lifeMs = KEY_LIFE_MS,
): TransactItem {
  const seconds = Math.floor(nowMs / 1_000);
  return {
    Put: {
      TableName: table,
      Item: {
        pk: `IDEM#${scope}#${key}`,
        sk: 'IDEM',
        resource,
        fingerprint: fingerprint(request),
        expires_at: seconds + Math.ceil(lifeMs / 1_000),
      },
      // DynamoDB deletes what has expired within days, so the time is looked at here, too.
      ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',
      ExpressionAttributeValues: { ':now': seconds },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/**
 * The resource that the first request with this key made.
 * @param found the record that refused ours
 * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
 */
export function firstOf(found: Item, request: unknown): string {
  if (found.fingerprint !== fingerprint(request)) throw new AppError('IDEMPOTENCY_MISMATCH');
  return String(found.resource);
}
