import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { EXPECTED_VERSION } from '../../../lib/system/data-version.ts';
import { MIGRATIONS_KEY } from '../../../lib/system/items.ts';
import type { Report } from './report.ts';
import { Resolver, type StackLocation, type Template } from './template.ts';

/**
 * If every table was created just now, there is nothing to migrate: the database gets the expected version. Existing data is
 * left to `npm run migrate`.
 */
export async function stampDataVersion(
  template: Template,
  location: StackLocation,
  { created }: Report,
): Promise<void> {
  const tables = new Resolver(template, location).resources('AWS::DynamoDB::Table');
  const system = tables.find(({ logicalId }) => logicalId === 'SystemTable');
  if (system === undefined || !tables.every(({ name }) => created.includes(name))) return;
  const client = new DynamoDBClient({
    endpoint: location.endpoint,
    region: location.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await client.send(
    new PutItemCommand({
      TableName: system.name,
      Item: marshall({ ...MIGRATIONS_KEY, version: EXPECTED_VERSION, dirty: false }),
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
  client.destroy();
}
