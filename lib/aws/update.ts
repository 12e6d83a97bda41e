import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DeleteCommandInput,
  type DynamoDBDocumentClient,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import type { Item } from '../kernel/codec.ts';
import { contended, invariant } from '../kernel/errors.ts';
import { type TransactItem, transactWrite } from './transact.ts';

/**
 * The changes of one write, by attribute name. `set` removes attributes whose value is undefined. `compute` has
 * expressions. `values` has the values that expressions and conditions name. In both, `#name` is the attribute `name`.
 */
export type Change = {
  readonly set?: Item;
  readonly compute?: Readonly<Record<string, string>>;
  readonly add?: Item;
  readonly deleteFromSet?: Item;
  readonly remove?: readonly string[];
  readonly values?: Item;
};

/** The item after the write (or before it, with ALL_OLD), or the item that refused the condition. */
export type Conditional =
  | { readonly done: true; readonly item: Item }
  | { readonly done: false; readonly found?: Item };

/** One conditional update of one item. */
export type ConditionalUpdate = {
  readonly table: string;
  readonly key: Item;
  readonly condition: string;
  readonly change: Change;
};

/** A transaction held the item. No condition was refused, and the SDK does not retry. */
const retryConflict = retry(handleType(TransactionConflictException), {
  maxAttempts: 8,
  backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 1_000 }),
});

/** The parameters that UpdateItem and the Update of a transaction share. */
export function updateParameters(table: string, key: Item, condition: string | undefined, change: Change) {
  const { set = {}, compute = {}, add = {}, deleteFromSet = {}, remove = [] } = change;
  const values: Item = { ...change.values };
  const assign = (entries: Item, separator: string) =>
    Object.entries(entries)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        values[`:${name}`] = value;
        return `#${name}${separator}:${name}`;
      });
  const computed = Object.entries(compute).map(([name, expression]) => `#${name} = ${expression}`);
  const clause = (word: string, parts: string[]) => (parts.length === 0 ? [] : [`${word} ${parts.join(', ')}`]);
  const expression = [
    ...clause('SET', [...assign(set, ' = '), ...computed]),
    ...clause('ADD', assign(add, ' ')),
    ...clause('DELETE', assign(deleteFromSet, ' ')),
    ...clause(
      'REMOVE',
      [...remove, ...Object.keys(set).filter((name) => set[name] === undefined)].map((name) => `#${name}`),
    ),
  ].join(' ');
  return {
    TableName: table,
    Key: key,
    ...(condition === undefined ? {} : { ConditionExpression: condition }),
    UpdateExpression: expression,
    ...attributeNames(`${expression} ${condition ?? ''}`),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}

/** @throws AppError RATE_LIMITED transactions held the item at every try: nothing was written */
export async function conditionalUpdate(
  client: DynamoDBDocumentClient,
  write: ConditionalUpdate & { answerWith?: 'ALL_NEW' | 'ALL_OLD' },
): Promise<Conditional> {
  const command = new UpdateCommand({
    ...updateParameters(write.table, write.key, write.condition, write.change),
    ReturnValues: write.answerWith ?? 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    const { Attributes } = await retryConflict.execute(() => client.send(command));
    return { done: true, item: Attributes ?? {} };
  } catch (error) {
    return refusedBy(error);
  }
}

/** As {@link Conditional}, but a transaction does not return the new item. */
export type ConditionalWith =
  | { readonly done: true; readonly item?: never }
  | { readonly done: false; readonly found?: Item };

/**
 * The same in one transaction with new items, such as the event of the change. Their keys are free if the condition holds.
 * @throws AppError RATE_LIMITED as {@link conditionalUpdate}
 */
export async function conditionalUpdateWith(
  client: DynamoDBDocumentClient,
  { table, key, condition, change }: ConditionalUpdate,
  ...others: TransactItem[]
): Promise<ConditionalWith> {
  const update = updateParameters(table, key, condition, change);
  const written = await transactWrite(client, [
    { Update: { ...update, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
    ...others,
  ]);
  if (written.done) return written;
  invariant(written.refused.has(0), 'new items are refused only together with their update');
  const found = written.refused.get(0);
  return found ? { done: false, found } : { done: false };
}

/**
 * Stores an item unless its key is taken.
 * @throws AppError RATE_LIMITED as {@link conditionalUpdate}
 */
export function putNew(client: DynamoDBDocumentClient, table: string, item: Item): Promise<Conditional> {
  return conditionalPut(client, { TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' });
}

/**
 * Stores an item if the condition holds for the stored one.
 * @throws AppError RATE_LIMITED as {@link conditionalUpdate}
 */
export async function conditionalPut(
  client: DynamoDBDocumentClient,
  put: Omit<PutCommandInput, 'Item'> & { Item: Item },
): Promise<Conditional> {
  const command = new PutCommand({ ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  try {
    await retryConflict.execute(() => client.send(command));
    return { done: true, item: put.Item };
  } catch (error) {
    return refusedBy(error);
  }
}

/**
 * Deletes an item, if its condition holds. Repeatable.
 * @throws AppError RATE_LIMITED as {@link conditionalUpdate}
 */
export async function deleteItem(client: DynamoDBDocumentClient, item: DeleteCommandInput): Promise<void> {
  await retryConflict.execute(() => client.send(new DeleteCommand(item))).catch(refusedBy);
}

function refusedBy(error: unknown): Conditional {
  if (error instanceof TransactionConflictException) throw contended();
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
  return error.Item ? { done: false, found: unmarshall(error.Item) } : { done: false };
}

/** DynamoDB refuses names that no expression uses, so this reads them from the expressions. */
function attributeNames(expressions: string) {
  const names = Object.fromEntries([...expressions.matchAll(/#(\w+)/g)].map(([token, name = '']) => [token, name]));
  return Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names };
}
