import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
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

/**
 * The bucket stands in the path, not in the host name, so that one host name is enough wherever this runs. Checksums only
 * where S3 asks for them: a link for an upload is signed before there is anything to upload, so it would carry the
 * checksum of nothing, and servers that look at it would refuse every file.
 */
export function s3Client(): S3Client {
  const checksums = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  return metered(new S3Client({ maxAttempts: 5, forcePathStyle: true, ...checksums }));
}

/** Fewer tries than elsewhere: whoever publishes comes again by itself. */
export function snsClient(): SNSClient {
  return metered(new SNSClient({ maxAttempts: 3 }));
}

export function statesClient(): SFNClient {
  return metered(new SFNClient({ maxAttempts: 5 }));
}

export async function tableIsUp(client: DynamoDBDocumentClient, table: string): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table?.TableStatus === 'ACTIVE';
}
