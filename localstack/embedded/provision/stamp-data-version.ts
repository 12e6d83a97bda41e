/** The version of the data in a database that has just been made. */

import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { EXPECTED_VERSION } from '../../../lib/system/data-version.ts';
import { MIGRATIONS_KEY } from '../../../lib/system/items.ts';
import type { Report } from './report.ts';
import { type Place, Resolver, type Template } from './template.ts';

/**
 * Where every table was created this moment there is nothing to migrate: what will be stored is in the expected version.
 * Anything that was there before is left to `npm run migrate`.
 */
export async function stampDataVersion(template: Template, place: Place, { created }: Report): Promise<void> {
  const tables = new Resolver(template, place).resources('AWS::DynamoDB::Table');
  const system = tables.find(({ logicalId }) => logicalId === 'SystemTable');
  if (system === undefined || !tables.every(({ name }) => created.includes(name))) return;
  const client = new DynamoDBClient({
    endpoint: place.endpoint,
    region: place.region,
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
