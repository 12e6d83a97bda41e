/** DynamoDB tables from AWS::DynamoDB::Table. */

import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { Outcome } from './report.ts';

interface TableProperties {
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[];
  KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
  GlobalSecondaryIndexes?: GlobalSecondaryIndex[];
  StreamSpecification?: { StreamViewType: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' };
  TimeToLiveSpecification?: { AttributeName: string; Enabled: boolean };
}

/**
 * Creates the table, or adds missing indexes and a missing stream. Encryption, backups and capacity have no effect locally.
 * @throws Error if an existing table has another key, which cannot be changed.
 */
export async function provisionTable(
  client: DynamoDBClient,
  name: string,
  properties: Record<string, unknown>,
): Promise<Outcome> {
  const wanted = properties as unknown as TableProperties;
  const existing = await describe(client, name);
  if (existing === undefined) {
    await create(client, name, wanted);
    await setTimeToLive(client, name, wanted);
    return 'created';
  }
  assertSameKey(name, existing, wanted);
  return (await addMissing(client, name, existing, wanted)) ? 'updated' : 'kept';
}

async function create(client: DynamoDBClient, name: string, wanted: TableProperties): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: wanted.AttributeDefinitions,
      KeySchema: wanted.KeySchema,
      GlobalSecondaryIndexes: wanted.GlobalSecondaryIndexes,
      ...(wanted.StreamSpecification && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: wanted.StreamSpecification.StreamViewType },
      }),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name });
}

async function addMissing(
  client: DynamoDBClient,
  name: string,
  existing: TableDescription,
  wanted: TableProperties,
): Promise<boolean> {
  const known = new Set(existing.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  const missing = (wanted.GlobalSecondaryIndexes ?? []).filter(({ IndexName }) => !known.has(IndexName));
  for (const index of missing) {
    await client.send(
      new UpdateTableCommand({
        TableName: name,
        AttributeDefinitions: wanted.AttributeDefinitions,
        GlobalSecondaryIndexUpdates: [{ Create: index }],
      }),
    );
  }
  const addStream = wanted.StreamSpecification !== undefined && !existing.StreamSpecification?.StreamEnabled;
  if (addStream) {
    const StreamSpecification = { StreamEnabled: true, ...wanted.StreamSpecification };
    await client.send(new UpdateTableCommand({ TableName: name, StreamSpecification }));
  }
  return missing.length > 0 || addStream;
}

function assertSameKey(name: string, existing: TableDescription, wanted: TableProperties): void {
  const keyOf = (schema: { AttributeName?: string | undefined; KeyType?: string | undefined }[] = []) =>
    schema.map(({ AttributeName, KeyType }) => `${AttributeName}:${KeyType}`).join(',');
  if (keyOf(existing.KeySchema) !== keyOf(wanted.KeySchema)) {
    throw new Error(`Table ${name} exists with another key. Its data cannot be kept: delete the data directory.`);
  }
}

/** Nothing expires locally, so an emulator may refuse this setting. */
async function setTimeToLive(client: DynamoDBClient, name: string, wanted: TableProperties): Promise<void> {
  if (wanted.TimeToLiveSpecification === undefined) return;
  const command = { TableName: name, TimeToLiveSpecification: wanted.TimeToLiveSpecification };
  await client.send(new UpdateTimeToLiveCommand(command)).catch(() => {});
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

export { DynamoDBClient };
