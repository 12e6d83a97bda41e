import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../../lib/kernel/codec.ts';
import { Resolver, type StackLocation, type Template } from './template.ts';

/** The name of a table in a template with this logical id. */
export function tableNamed(template: Template, location: StackLocation, id: string): string | undefined {
  const tables = new Resolver(template, location).resources('AWS::DynamoDB::Table');
  return tables.find(({ logicalId }) => logicalId === id)?.name;
}

/** Stores an item. Changes nothing if the condition does not hold. */
export async function storeItem(
  { endpoint, region }: StackLocation,
  table: string,
  item: Item,
  { condition, values }: { readonly condition?: string; readonly values?: Item } = {},
): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const put = new PutItemCommand({
    TableName: table,
    Item: marshall(item),
    ConditionExpression: condition,
    ExpressionAttributeValues: values && marshall(values),
  });
  try {
    await client.send(put);
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  } finally {
    client.destroy();
  }
}
