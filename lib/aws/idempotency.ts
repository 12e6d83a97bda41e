import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { AppError } from '../kernel/errors.ts';
import { fingerprint, type KeyedRequest, type Known } from '../kernel/idempotency.ts';
import type { NamedResult, TransactItem } from './transact.ts';

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
  keyed: KeyedRequest,
  resource: string,
  nowMs: number,
  lifeMs = KEY_LIFE_MS,
): TransactItem {
  const seconds = Math.floor(nowMs / 1_000);
  return {
    Put: {
      TableName: table,
      Item: {
        ...keyRecord(keyed),
        resource,
        fingerprint: fingerprint(keyed.request),
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

/**
 * What a transaction found that was refused because of its `key`, the item of {@link rememberKey}.
 * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
 */
export function knownBy(tried: Extract<NamedResult<string>, { done: false }>, keyed: KeyedRequest): Known | undefined {
  const found = tried.refused.get('key');
  return found && { kind: 'known', resource: firstOf(found, keyed.request) };
}

/**
 * The resource that the first request with this key made, if there was one: for requests that are not carried out, since
 * they would be refused now, and yet may have been before.
 * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
 */
export async function recall(
  client: DynamoDBDocumentClient,
  table: string,
  keyed: KeyedRequest,
  nowMs: number,
): Promise<string | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyRecord(keyed), ConsistentRead: true }));
  return keyIn(Item, keyed, nowMs);
}

/** What {@link recall} makes of the record, for whoever reads it together with other items. */
export function keyIn(found: Item | undefined, keyed: KeyedRequest, nowMs: number): string | undefined {
  return found && isAlive(found, nowMs) ? firstOf(found, keyed.request) : undefined;
}

/** The resource that a key stands for, whatever was asked for with it. */
export function resourceIn(found: Item | undefined, nowMs: number): string | undefined {
  return found && isAlive(found, nowMs) ? String(found.resource) : undefined;
}

const isAlive = ({ expires_at }: Item, nowMs: number) => (expires_at as number) > Math.floor(nowMs / 1_000);

/** Where the record of a key lies. */
export const keyRecord = ({ scope, key }: Pick<KeyedRequest, 'scope' | 'key'>) => ({
  pk: `IDEM#${scope}#${key}`,
  sk: 'IDEM',
});
