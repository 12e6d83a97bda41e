/** What AWS does between a queue and a function: an event source mapping, for the local stack. */

import { setTimeout } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Invoke } from '../lambda.ts';
import { sqsEvent, succeeded } from './sqs-event.ts';

export interface SqsTrigger {
  functionName: string;
  queueArn: string;
  /** 1 to 10, or to 10,000 with a batching window. */
  batchSize: number;
  /** How many batches are in the function's hands at once, 2 to 1,000. */
  maximumConcurrency: number;
  /** How long a batch that is not full waits for more messages; 0 to 300 s. */
  batchingWindowSeconds: number;
  /** True when the function says which messages of a batch failed (ReportBatchItemFailures). */
  reportsFailures: boolean;
}

export interface Poller {
  /** Receives no more, and waits until what was received has been dealt with. */
  drain(): Promise<void>;
}

/**
 * Seconds one receive waits for a message. Short, because a receive must be left to end by itself at shutdown: the
 * queue would hand the next message to a connection that is gone, and nobody would see it for a visibility timeout.
 */
const RECEIVE_WAIT_SECONDS = 1;
const MAX_RECEIVE = 10;
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * Polls until drained. A message is deleted only after its invocation succeeded, and only those the function did not
 * report as failed; every other one comes back after its visibility timeout and, after maxReceiveCount, is moved to the
 * dead-letter queue by the queue itself.
 */
export function startPoller(
  endpoint: string,
  trigger: SqsTrigger,
  invoke: Invoke,
  log: (line: string) => void,
): Poller {
  const client = new SQSClient({
    endpoint,
    region: trigger.queueArn.split(':')[3] ?? 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    md5: false, // loopback does not flip bits
  });
  const stopped = new AbortController();
  const lanes = Array.from({ length: trigger.maximumConcurrency }, () =>
    lane(client, trigger, invoke, log, stopped.signal),
  );
  return {
    drain: async () => {
      stopped.abort();
      await Promise.all(lanes);
      client.destroy();
    },
  };
}

async function lane(
  client: SQSClient,
  trigger: SqsTrigger,
  invoke: Invoke,
  log: (line: string) => void,
  stopped: AbortSignal,
): Promise<void> {
  let url: string | undefined;
  while (!stopped.aborted) {
    try {
      url ??= await queueUrl(client, trigger.queueArn);
      const batch = await collectBatch(client, url, trigger, stopped);
      if (batch.length === 0) continue;
      const done = await handOver(batch, trigger, invoke, log);
      await deleteAll(client, url, done);
    } catch (error) {
      if (!stopped.aborted) log(`poller of ${trigger.functionName}: ${error}`);
      await pause(PAUSE_AFTER_ERROR_MS, stopped);
    }
  }
}

async function collectBatch(
  client: SQSClient,
  url: string,
  trigger: SqsTrigger,
  stopped: AbortSignal,
): Promise<Message[]> {
  const batch: Message[] = [];
  let closesAt = Number.POSITIVE_INFINITY;
  while (batch.length < trigger.batchSize && Date.now() < closesAt && !stopped.aborted) {
    const received = await receive(client, url, Math.min(MAX_RECEIVE, trigger.batchSize - batch.length));
    if (batch.length === 0) {
      if (received.length === 0 || trigger.batchingWindowSeconds === 0) return received;
      closesAt = Date.now() + trigger.batchingWindowSeconds * 1000;
    }
    batch.push(...received);
  }
  return batch;
}

async function receive(client: SQSClient, url: string, max: number): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: max,
      WaitTimeSeconds: RECEIVE_WAIT_SECONDS,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

/** The messages that may be deleted; none when the function threw. */
async function handOver(
  batch: Message[],
  trigger: SqsTrigger,
  invoke: Invoke,
  log: (line: string) => void,
): Promise<Message[]> {
  try {
    const answer = await invoke(trigger.functionName, sqsEvent(batch, trigger.queueArn));
    return trigger.reportsFailures ? succeeded(batch, answer) : batch;
  } catch (error) {
    log(`${trigger.functionName} failed on ${batch.length} messages, which will come back: ${error}`);
    return [];
  }
}

async function deleteAll(client: SQSClient, url: string, messages: Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += MAX_RECEIVE) {
    const Entries = messages.slice(start, start + MAX_RECEIVE).map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
    }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

async function queueUrl(client: SQSClient, queueArn: string): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':').at(-1) ?? '' }));
  if (QueueUrl === undefined) throw new Error(`${queueArn} has no URL`);
  return QueueUrl;
}

async function pause(ms: number, stopped: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal: stopped }).catch(() => {}); // cut short by the stop
}
