/** Shared by the tests of stream triggers: a table with a stream, and a trigger whose function is a closure. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { chunk } from 'es-toolkit';
import { onTestFinished } from 'vitest';
import type { Invoke } from '../../localstack/embedded/lambda.ts';
import { startStreamPoller } from '../../localstack/embedded/offline/streams/poller.ts';
import { StreamPositions } from '../../localstack/embedded/offline/streams/positions.ts';
import type { StreamTrigger } from '../../localstack/embedded/offline/streams/trigger.ts';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import { clientsOf, eventually, givenADirectory, givenAStack } from './embedded-stack.ts';

export const trigger: StreamTrigger = {
  functionName: 'relay',
  tableName: 'events',
  region: 'us-east-1',
  startingPosition: 'TRIM_HORIZON',
  batchSize: 10,
  batchingWindowSeconds: 0,
  maximumRetryAttempts: Number.POSITIVE_INFINITY,
  maximumRecordAgeSeconds: Number.POSITIVE_INFINITY,
  bisectsBatch: false,
  reportsFailures: true,
  filter: () => true,
};

export type Handle = (records: DynamoDBRecord[]) => unknown;

/** A table `events` with a stream, on a stack of the test. */
export async function givenAStream() {
  const stream = await givenNoStream();
  await stream.createTable();
  return stream;
}

/** {@link givenAStream} before its table is created. */
export async function givenNoStream() {
  const dataDir = await givenADirectory();
  const { endpoint } = await givenAStack({ dataDir });
  const { dynamo } = clientsOf(endpoint);
  return {
    dataDir,
    endpoint,
    dynamo,
    createTable: () => createTable(endpoint),
    put: (...ids: string[]) => put(dynamo, ids),
    positionsFile: join(dataDir, 'positions.db'),
  };
}

export async function createTable(endpoint: string): Promise<void> {
  const Events = {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: 'events',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    },
  };
  await provision({ Resources: { Events } }, { endpoint });
}

/** Writes items in this order. */
export async function put(dynamo: DynamoDBClient, ids: string[]): Promise<void> {
  for (const some of chunk(ids, 25)) {
    const events: WriteRequest[] = some.map((id) => ({ PutRequest: { Item: { id: { S: id } } } }));
    await dynamo.send(new BatchWriteItemCommand({ RequestItems: { events } }));
  }
}

/** Ends with the test, or when it is drained. */
export function startTrigger(
  { endpoint, positionsFile }: { endpoint: string; positionsFile: string },
  handle: Handle,
  overrides: Partial<StreamTrigger> = {},
) {
  const log: string[] = [];
  const positions = new StreamPositions(positionsFile);
  const invoke: Invoke = async (_name, event) => handle((event as DynamoDBStreamEvent).Records);
  const poller = startStreamPoller({
    endpoint,
    trigger: { ...trigger, ...overrides },
    positions,
    invoke,
    log: (line) => log.push(line),
  });
  let drained: Promise<void> | undefined;
  const drain = () => {
    drained ??= poller.drain().then(() => positions.close());
    return drained;
  };
  onTestFinished(drain);
  return { drain, log };
}

export const untilLength = (list: () => unknown[], length: number) =>
  eventually(
    async () => list().length,
    (seen) => seen >= length,
  );

/** Waits until the trigger has stored this record as its position. */
export async function untilPositionIs(positionsFile: string, sequenceNumber: string): Promise<void> {
  const db = new DatabaseSync(positionsFile, { readOnly: true });
  const ask = async () => db.prepare('SELECT after FROM positions').get()?.after;
  await eventually(ask, (after) => after === sequenceNumber).finally(() => db.close());
}

export const idOf = ({ dynamodb }: DynamoDBRecord) => dynamodb?.Keys?.id?.S ?? '';

/** A function that accepts everything and records it. */
export function aFunction() {
  const batches: string[][] = [];
  const handle: Handle = (records) => {
    batches.push(records.map(idOf));
  };
  return { batches, ids: () => batches.flat(), handle };
}

/** Reports the first of these ids in a batch as failed. */
export function failureOf(records: DynamoDBRecord[], ...failing: string[]) {
  const failed = records.filter((record) => failing.includes(idOf(record)));
  return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber })) };
}
