/** What AWS does between a queue and a function: an event source mapping, for the local stack. */

import { setTimeout } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { chunk } from 'es-toolkit';
import { metered } from '../../../lib/aws/meter.ts';
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
/** The most messages one call receives or deletes. */
const MESSAGES_PER_CALL = 10;
/** How long a message that is done waits for others to be deleted with. */
const DELETE_AFTER_MS = 5;
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * Polls until drained. As on AWS one receiver fills many invocations, and takes no more than they have room for. A
 * message is deleted only after its invocation succeeded, and only those the function did not report as failed; every
 * other one comes back after its visibility timeout and, after maxReceiveCount, is moved to the dead-letter queue by the
 * queue itself.
 */
export function startPoller(
  endpoint: string,
  trigger: SqsTrigger,
  invoke: Invoke,
  log: (line: string) => void,
): Poller {
  const client = metered(
    new SQSClient({
      endpoint,
      region: trigger.queueArn.split(':')[3] ?? 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      md5: false, // loopback does not flip bits
    }),
  );
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
        const invocation = handOver(batch, polling).then((done) => deletions.add(done));
        invocations.add(invocation);
        invocation.finally(() => invocations.delete(invocation));
      }
    } catch (error) {
      if (!stopped.aborted) log(`poller of ${trigger.functionName}: ${error}`);
      await setTimeout(PAUSE_AFTER_ERROR_MS, undefined, { signal: stopped }).catch(() => {}); // cut short by the stop
    }
  }
  await Promise.all(invocations);
}

/** With a batching window, waits for a full batch; otherwise takes what one receive brings. */
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

/** The messages that may be deleted; none when the function threw. */
async function handOver(batch: Message[], { trigger, invoke, log }: Polling): Promise<Message[]> {
  try {
    const answer = await invoke(trigger.functionName, sqsEvent(batch, trigger.queueArn));
    return trigger.reportsFailures ? succeeded(batch, answer) : batch;
  } catch (error) {
    log(`${trigger.functionName} failed on ${batch.length} messages, which will come back: ${error}`);
    return [];
  }
}

async function openQueue({ client, trigger, log }: Polling): Promise<{ url: string; deletions: Deletions }> {
  const QueueName = trigger.queueArn.split(':').at(-1) ?? '';
  const { QueueUrl: url } = await client.send(new GetQueueUrlCommand({ QueueName }));
  if (url === undefined) throw new Error(`${trigger.queueArn} has no URL`);
  return { url, deletions: new Deletions(client, url, log) };
}

/** Deletes together what is done at about the same time. A deletion that fails costs a second delivery, no more. */
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

  /** Resolves when the messages are deleted, or could not be. */
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
