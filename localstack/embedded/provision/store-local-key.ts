import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { keyItem, secretItem } from '../../../lib/access/items.ts';
import { LOCAL_KEY_ID } from '../../../lib/access/key.ts';
import type { Item } from '../../../lib/kernel/codec.ts';
import { KEY_SCOPES } from '../../../lib/kernel/principal.ts';
import { Resolver, type StackLocation, type Template } from './template.ts';

/** The person that the key of `npm start` belongs to. */
const LOCAL_PERSON = 'local';

/**
 * Stores the key of `npm start` (SLUICE_API_KEY_HASH, SHA-256 in hex), which may do everything. A key that has this secret stays
 * as it is: it may be revoked. With another secret it is made again, because its owner has replaced the file `api-key`.
 */
export async function storeLocalKey(template: Template, location: StackLocation): Promise<void> {
  const hash = process.env.SLUICE_API_KEY_HASH;
  const tables = new Resolver(template, location).resources('AWS::DynamoDB::Table');
  const table = tables.find(({ logicalId }) => logicalId === 'AccessTable');
  if (!hash || !table) return;
  const key = keyItem({
    id: LOCAL_KEY_ID,
    name: 'npm start',
    person: LOCAL_PERSON,
    scopes: KEY_SCOPES,
    limits: {},
    createdAt: new Date().toISOString(),
    version: 1,
    secrets: [{ hash }],
  });
  const client = new DynamoDBClient({
    endpoint: location.endpoint,
    region: location.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const put = (item: Item) => ({ TableName: table.name, Item: marshall(item) });
  const ifNew = {
    ConditionExpression: 'attribute_not_exists(pk) OR NOT contains(secrets, :hash)',
    ExpressionAttributeValues: marshall({ ':hash': hash }),
  };
  await client.send(new PutItemCommand({ ...put(key), ...ifNew })).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
  await client.send(new PutItemCommand(put(secretItem({ hash, keyId: LOCAL_KEY_ID }))));
  client.destroy();
}
