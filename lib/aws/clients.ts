import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { metered } from './meter.ts';

/** `npm start` stores a function here that connects clients to its emulators. Nothing else does. */
const laptop = globalThis as { sluiceConnect?: <Client>(client: Client) => Client };

export const connected = <Client>(client: Client): Client => laptop.sluiceConnect?.(client) ?? client;

/** The SDK reads endpoint, region and credentials from the environment, so the same code uses an emulator. */
export function documentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(connected(metered(new DynamoDBClient({ maxAttempts: 5 }))), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** The host in the queue URLs of an emulator may not be reachable; the configured endpoint is. */
export function sqsClient(): SQSClient {
  return connected(metered(new SQSClient({ maxAttempts: 5, useQueueUrlAsEndpoint: false })));
}

/**
 * The bucket is in the path, not in the host name, so that emulators need one host name. Checksums are sent only where S3
 * requires them: the link for an upload is signed before the content exists, and would contain the checksum of nothing.
 */
export function s3Client(): S3Client {
  const checksums = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  return metered(new S3Client({ maxAttempts: 5, forcePathStyle: true, ...checksums }));
}

/** Fewer tries than elsewhere: the relay and the sweeper publish again. */
export function snsClient(): SNSClient {
  return connected(metered(new SNSClient({ maxAttempts: 3 })));
}

export function statesClient(): SFNClient {
  return metered(new SFNClient({ maxAttempts: 5 }));
}

export async function tableIsUp(client: DynamoDBDocumentClient, table: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table?.TableStatus === 'ACTIVE';
}
