import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { shortCalls, streams } from './connection.ts';
import { metered } from './meter.ts';

/** `npm start` stores a function here that connects clients to its emulators. Nothing else does. */
const laptop = globalThis as { sluiceConnect?: <Client>(client: Client) => Client };

/** Removes the SDK's log, which we do not use: for it, the SDK copies input and output of each request. */
export function prepared<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return laptop.sluiceConnect?.(metered(client)) ?? metered(client);
}

/** Epoch milliseconds. Clients have deadlines: connection.ts. None of them is for long polls. */
type Clock = () => number;
const TRIES = 5;

/** The SDK reads endpoint, region and credentials from the environment, so the same code uses an emulator. */
export function documentClient(now: Clock): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(prepared(new DynamoDBClient(shortCalls(now, TRIES))), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** The host in the queue URLs of an emulator may not be reachable; the configured endpoint is. */
export function sqsClient(now: Clock): SQSClient {
  return prepared(new SQSClient({ ...shortCalls(now, TRIES), useQueueUrlAsEndpoint: false }));
}

/**
 * The bucket is in the path, not in the host name, so that emulators need one host name. Checksums are sent only where S3
 * requires them: the link for an upload is signed before the content exists, and would contain the checksum of nothing.
 */
export function s3Client(now: Clock): S3Client {
  const checksums = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  return prepared(new S3Client({ ...streams(now, TRIES), forcePathStyle: true, ...checksums }));
}

/** Fewer tries than elsewhere: the relay and the sweeper publish again. */
export function snsClient(now: Clock): SNSClient {
  return prepared(new SNSClient(shortCalls(now, 3)));
}

export function statesClient(now: Clock): SFNClient {
  return prepared(new SFNClient(shortCalls(now, TRIES)));
}

/** Loaded on first use: most functions never need it. */
export async function kmsClient(now: Clock): Promise<KMS> {
  const { KMS } = await import('@aws-sdk/client-kms');
  return prepared(new KMS(shortCalls(now, TRIES)));
}

/** Loaded on first use: only calls to rails need it. */
export async function secretsClient(now: Clock): Promise<SecretsManager> {
  const { SecretsManager } = await import('@aws-sdk/client-secrets-manager');
  return prepared(new SecretsManager(shortCalls(now, 2)));
}
