import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

type Item = Record<string, unknown>;

/**
 * What one write changes. Keys are attribute names. `set` leaves out undefined values and `compute` takes expressions;
 * `values` are those that expressions and conditions name. In both, `#name` stands for the attribute `name`.
 */
export type Change = {
  readonly set?: Item;
  readonly compute?: Readonly<Record<string, string>>;
  readonly add?: Item;
  readonly deleteFromSet?: Item;
  readonly remove?: readonly string[];
  readonly values?: Item;
};

/** Either the item as it is after the write (or, if asked for, before it), or the one that refused the condition. */
export type Conditional =
  | { readonly done: true; readonly item: Item }
  | { readonly done: false; readonly found?: Item };

/** The parameters that UpdateItem and the Update of a transaction share. */
export function updateParameters(table: string, key: Item, condition: string, change: Change) {
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
    ConditionExpression: condition,
    UpdateExpression: expression,
    ...attributeNames(`${expression} ${condition}`),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}

/** One conditional update of one item. */
export async function conditionalUpdate(
  client: DynamoDBDocumentClient,
  write: { table: string; key: Item; condition: string; change: Change; answerWith?: 'ALL_NEW' | 'ALL_OLD' },
): Promise<Conditional> {
  try {
    const { Attributes } = await client.send(
      new UpdateCommand({
        ...updateParameters(write.table, write.key, write.condition, write.change),
        ReturnValues: write.answerWith ?? 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { done: true, item: Attributes ?? {} };
  } catch (error) {
    return refusedBy(error);
  }
}

/** Stores an item unless its key is taken. */
export async function putNew(client: DynamoDBDocumentClient, table: string, item: Item): Promise<Conditional> {
  try {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { done: true, item };
  } catch (error) {
    return refusedBy(error);
  }
}

function refusedBy(error: unknown): Conditional {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
  return error.Item ? { done: false, found: unmarshall(error.Item) } : { done: false };
}

/** DynamoDB refuses names that no expression uses, so they are read off the expressions. */
function attributeNames(expressions: string) {
  const names = Object.fromEntries([...expressions.matchAll(/#(\w+)/g)].map(([token, name = '']) => [token, name]));
  return Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names };
}
