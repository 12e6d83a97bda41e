/** Shared by the tests of the embedded stack: stacks, their clients, and waiting for a condition. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../../localstack/embedded/stack.ts';

/** Creates a directory that is deleted after the test. */
export async function givenADirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-stack-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts a stack that stops when the test ends. */
export async function givenAStack(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ dataDir: options.dataDir ?? (await givenADirectory()), ...options });
  onTestFinished(() => stack.stop());
  return stack;
}

export interface Clients {
  dynamo: DynamoDBClient;
  sqs: SQSClient;
  sns: SNSClient;
  s3: S3Client;
  states: SFNClient;
}

export function clientsOf(endpoint: string): Clients {
  const config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    dynamo: new DynamoDBClient(config),
    sqs: new SQSClient(config),
    sns: new SNSClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    states: new SFNClient(config),
  };
}

/** Repeats a request until its answer is accepted. @throws Error with the last answer after `seconds`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  seconds = 15,
): Promise<T> {
  // Less often the longer it takes: each look costs the service as much as a request.
  for (const begun = Date.now(); ; await setTimeout(20 + (Date.now() - begun) / 20)) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > begun + seconds * 1_000) throw new Error(`still ${JSON.stringify(answer)} after ${seconds} s`);
  }
}
