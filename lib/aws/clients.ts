import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { metered } from './meter.ts';

/** Endpoint, region and credentials come from the environment as for any AWS SDK: nothing here knows of an emulator. */
export function documentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(metered(new DynamoDBClient({ maxAttempts: 5 })), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** Queue URLs name the host that the server believes it has; the configured endpoint is the one that is reachable. */
export function sqsClient(): SQSClient {
  return metered(new SQSClient({ maxAttempts: 5, useQueueUrlAsEndpoint: false }));
}

export async function tableIsUp(client: DynamoDBDocumentClient, table: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table?.TableStatus === 'ACTIVE';
}
