import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { chunk, mapValues } from 'es-toolkit';
import pMap from 'p-map';
import { MESSAGES_PER_CALL } from '../kernel/limits.ts';
import { retryRest } from './retry-rest.ts';

/** SQS takes delays of at most 15 minutes, in whole seconds. */
const MAX_DELAY_SECONDS = 900;
const PARALLEL_CALLS = 4;

/** Sends JSON messages to the queue with this name. The attributes of a message are the ids of the request that sends it. */
export class QueueSender {
  readonly #client: SQSClient;
  readonly #name: string;
  readonly #ids: () => Readonly<Record<string, string>>;
  #url: Promise<string> | undefined;

  constructor(client: SQSClient, name: string, ids: () => Readonly<Record<string, string>> = () => ({})) {
    this.#client = client;
    this.#name = name;
    this.#ids = ids;
  }

  /**
   * Messages are durable when it resolves.
   * @param delayMs rounded up to whole seconds, at most 15 minutes
   * @throws PartlyDone SQS refused some of them for too long; the others are sent
   */
  async send(messages: readonly object[], delayMs = 0): Promise<void> {
    if (messages.length === 0) return;
    const DelaySeconds = Math.min(MAX_DELAY_SECONDS, Math.ceil(Math.max(0, delayMs) / 1_000));
    const MessageAttributes = mapValues(this.#ids(), (StringValue) => ({ DataType: 'String', StringValue }));
    const entries = messages.map((message, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(message),
      ...(DelaySeconds > 0 ? { DelaySeconds } : {}),
      MessageAttributes,
    }));
    const QueueUrl = await this.#queueUrl();
    const sendBatch = (batch: typeof entries) =>
      retryRest(batch, `messages refused by ${this.#name}`, async (Entries) => {
        const { Failed = [] } = await this.#client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        return Entries.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
      });
    await pMap(chunk(entries, MESSAGES_PER_CALL), sendBatch, { concurrency: PARALLEL_CALLS });
  }

  /** Whether no message waits for a receiver. Delayed messages and those in flight do not count. */
  async isEmpty(): Promise<boolean> {
    return (await this.depth()).visible === 0;
  }

  /** The approximate numbers that SQS counts. */
  async depth(): Promise<{ visible: number; delayed: number; inFlight: number }> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.#queueUrl(),
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesDelayed',
          'ApproximateNumberOfMessagesNotVisible',
        ],
      }),
    );
    return {
      visible: Number(Attributes.ApproximateNumberOfMessages),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    };
  }

  /** Reads the URL once; after a failure the next call reads it again. */
  #queueUrl(): Promise<string> {
    this.#url ??= this.#client
      .send(new GetQueueUrlCommand({ QueueName: this.#name }))
      .then(({ QueueUrl = '' }) => QueueUrl)
      .catch((error: unknown) => {
        this.#url = undefined;
        throw error;
      });
    return this.#url;
  }
}

export async function queueIsUp(client: SQSClient, name: string): Promise<boolean> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl !== undefined;
}
