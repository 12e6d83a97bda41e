/** The event source mapping between a queue and a function. */

import { setTimeout } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { chunk } from 'es-toolkit';
import { prepared } from '../../../lib/aws/clients.ts';
import { MESSAGES_PER_CALL } from '../../../lib/kernel/limits.ts';
import type { Invoke } from '../lambda.ts';
import { RECEIVE_WAIT_SECONDS, sqsEvent, succeeded } from './sqs-event.ts';

export interface SqsTrigger {
  functionName: string;
  queueArn: string;
  /** 1 to 10, or to 10,000 with a batching window. */
  batchSize: number;
  /** Concurrent invocations, 2 to 1,000. */
  maximumConcurrency: number;
  /** How long an incomplete batch waits for more messages; 0 to 300 s. */
  batchingWindowSeconds: number;
  /** ReportBatchItemFailures. */
  reportsFailures: boolean;
}

export interface Poller {
  /** Stops receiving, and waits until all received messages are processed. */
  drain(): Promise<void>;
}

/** How long a processed message waits for others to be deleted in the same call. */
const DELETE_AFTER_MS = 5;
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * Polls until drained. As on AWS, one receiver supplies many invocations and receives only as many messages as they can take.
 * A message is deleted after its invocation succeeded without reporting it as failed. Other messages return after their
 * visibility timeout; after maxReceiveCount the queue moves them to its dead-letter queue.
 */
export function startPoller(
  endpoint: string,
  trigger: SqsTrigger,
  invoke: Invoke,
  log: (line: string) => void,
): Poller {
  const settings = {
    endpoint,
    region: trigger.queueArn.split(':')[3] ?? 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    md5: false as const, // unnecessary on loopback
  };
  const client = prepared(new SQSClient(settings));
  const stopped = new AbortController();
  const polling = poll({ client, trigger, invoke, log, stopped: stopped.signal });
  return {
    drain: async () => {
      stopped.abort();
      await polling;
      client.destroy();
    },
  };
}

interface Polling {
  client: SQSClient;
  trigger: SqsTrigger;
  invoke: Invoke;
  log: (line: string) => void;
  stopped: AbortSignal;
}

async function poll(polling: Polling): Promise<void> {
  const { trigger, log, stopped } = polling;
  const invocations = new Set<Promise<void>>();
  let queue: { url: string; deletions: Deletions } | undefined;
  while (!stopped.aborted) {
    try {
      queue ??= await openQueue(polling);
      const { url, deletions } = queue;
      const room = trigger.maximumConcurrency - invocations.size;
      if (room === 0) await Promise.race(invocations);
      for (const batch of chunk(await collect(polling, url, room * trigger.batchSize), trigger.batchSize)) {
        const invocation = invokeWith(batch, polling).then((done) => deletions.add(done));
        invocations.add(invocation);
        invocation.finally(() => invocations.delete(invocation));
      }
    } catch (error) {
      if (!stopped.aborted) log(`poller of ${trigger.functionName}: ${error}`);
      await setTimeout(PAUSE_AFTER_ERROR_MS, undefined, { signal: stopped }).catch(() => {}); // rejects at the stop
    }
  }
  await Promise.all(invocations);
}

/** With a batching window, waits for a full batch; otherwise receives once. */
async function collect({ client, trigger, stopped }: Polling, url: string, room: number): Promise<Message[]> {
  if (room === 0) return [];
  if (trigger.batchingWindowSeconds === 0) return receive(client, url, room);
  const batch = await receive(client, url, trigger.batchSize);
  const closesAt = Date.now() + trigger.batchingWindowSeconds * 1000;
  while (batch.length > 0 && batch.length < trigger.batchSize && Date.now() < closesAt && !stopped.aborted) {
    batch.push(...(await receive(client, url, trigger.batchSize - batch.length)));
  }
  return batch;
}

async function receive(client: SQSClient, url: string, max: number): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: Math.min(MESSAGES_PER_CALL, max),
      WaitTimeSeconds: RECEIVE_WAIT_SECONDS,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

/** Returns the messages to delete: none if the function threw. */
async function invokeWith(batch: Message[], { trigger, invoke, log }: Polling): Promise<Message[]> {
  try {
    const answer = await invoke(trigger.functionName, sqsEvent(batch, trigger.queueArn));
    return trigger.reportsFailures ? succeeded(batch, answer) : batch;
  } catch (error) {
    log(`${trigger.functionName} failed on ${batch.length} messages, which will be retried: ${error}`);
    return [];
  }
}

async function openQueue({ client, trigger, log }: Polling): Promise<{ url: string; deletions: Deletions }> {
  const QueueName = trigger.queueArn.split(':').at(-1) ?? '';
  const { QueueUrl: url } = await client.send(new GetQueueUrlCommand({ QueueName }));
  if (url === undefined) throw new Error(`${trigger.queueArn} has no URL`);
  return { url, deletions: new Deletions(client, url, log) };
}

/** Deletes messages in batches. If a deletion fails, the message is delivered again. */
class Deletions {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #log: (line: string) => void;
  #done: Message[] = [];
  #next: Promise<void> | undefined;

  constructor(client: SQSClient, url: string, log: (line: string) => void) {
    this.#client = client;
    this.#url = url;
    this.#log = log;
  }

  /** Resolves after the deletion, even if it failed. */
  add(messages: Message[]): Promise<void> {
    this.#done.push(...messages);
    this.#next ??= setTimeout(DELETE_AFTER_MS).then(() => this.#deleteAll());
    return this.#next;
  }

  async #deleteAll(): Promise<void> {
    const done = this.#done;
    this.#done = [];
    this.#next = undefined;
    for (const messages of chunk(done, MESSAGES_PER_CALL)) {
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.#client
        .send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }))
        .catch((error: Error) => this.#log(`cannot delete from ${this.#url}: ${error}`));
    }
  }
}
