import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Item } from '../kernel/codec.ts';
import { AppError } from '../kernel/errors.ts';
import { fingerprint, type KeyedRequest, type Known } from '../kernel/idempotency.ts';
import { getItem } from './read.ts';
import type { TransactItem } from './transact.ts';

/** Keys are kept this long (as Stripe does); after that a key may name a new request. */
export const KEY_LIFE_MS = 24 * 60 * 60 * 1_000;

/**
 * The record of a key, as the item `key` of the transaction that executes the request. It names the resource that the
 * request creates. If it refuses the transaction, {@link knownBy} has the first request's resource.
 * @param nowMs epoch milliseconds
 */
export function rememberKey(table: string, keyed: KeyedRequest, resource: string, nowMs: number): TransactItem {
  const seconds = Math.floor(nowMs / 1_000);
  return {
    Put: {
      TableName: table,
      Item: {
        ...keyRecord(keyed),
        resource,
        fingerprint: fingerprint(keyed.request),
        expires_at: seconds + Math.ceil((keyed.lifeMs ?? KEY_LIFE_MS) / 1_000),
      },
      // DynamoDB deletes expired items within days, so the condition compares the time too.
      ConditionExpression: 'attribute_not_exists(pk) OR expires_at <= :now',
      ExpressionAttributeValues: { ':now': seconds },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/**
 * The first request's resource, if the record of its key refused a transaction.
 * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
 */
export function knownBy(
  { refused }: { readonly refused: ReadonlyMap<string, Item | undefined> },
  keyed: KeyedRequest | undefined,
): Known | undefined {
  const found = refused.get('key');
  return keyed && found && known(found, keyed);
}

function known({ fingerprint: first, resource }: Item, { request }: KeyedRequest): Known {
  if (first !== fingerprint(request)) throw new AppError('IDEMPOTENCY_MISMATCH');
  return { kind: 'known', resource: String(resource) };
}

/**
 * The first request's resource, if there was one.
 * @throws AppError IDEMPOTENCY_MISMATCH the key was used with another request
 */
export async function recall(
  client: DynamoDBDocumentClient,
  table: string,
  keyed: KeyedRequest,
  nowMs: number,
): Promise<Known | undefined> {
  return keyIn(await getItem(client, table, keyRecord(keyed)), keyed, nowMs);
}

/** The same of a record that was read together with other items. */
export function keyIn(found: Item | undefined, keyed: KeyedRequest, nowMs: number): Known | undefined {
  return found && isAlive(found, nowMs) ? known(found, keyed) : undefined;
}

/** The first request's resource, for a caller without a request. */
export function resourceIn(found: Item | undefined, nowMs: number): string | undefined {
  return found && isAlive(found, nowMs) ? String(found.resource) : undefined;
}

const isAlive = ({ expires_at }: Item, nowMs: number) => (expires_at as number) > Math.floor(nowMs / 1_000);

/** The primary key of a key's record. */
export const keyRecord = ({ scope, key }: Pick<KeyedRequest, 'scope' | 'key'>) => ({
  pk: `IDEM#${scope}#${key}`,
  sk: 'IDEM',
});
