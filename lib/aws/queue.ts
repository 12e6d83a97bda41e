import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import { chunk } from 'es-toolkit';
import pMap from 'p-map';

/** SQS takes 10 messages a call and delays of at most 15 minutes, in whole seconds. */
const MESSAGES_PER_CALL = 10;
const MAX_DELAY_SECONDS = 900;
const PARALLEL_CALLS = 4;

class PartlyRefused extends Error {
  override readonly name = 'PartlyRefused';
}

const retryRefused = retry(handleType(PartlyRefused), {
  maxAttempts: 5,
  backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 2_000 }),
});

/**
 * Sends JSON messages to one queue, known by name. With each goes, as the attribute `request_id`, the request on whose
 * behalf it is sent, if there is one.
 */
export class QueueSender {
  readonly #client: SQSClient;
  readonly #name: string;
  readonly #requestId: () => string | undefined;
  #url: Promise<string> | undefined;

  constructor(client: SQSClient, name: string, requestId: () => string | undefined = () => undefined) {
    this.#client = client;
    this.#name = name;
    this.#requestId = requestId;
  }

  /**
   * Durable when it resolves. Entries that SQS refuses for the moment are sent again; if some stay refused it throws.
   * @param delayMs rounded up to whole seconds, at most 15 minutes
   */
  async send(messages: readonly object[], delayMs = 0): Promise<void> {
    if (messages.length === 0) return;
    const DelaySeconds = Math.min(MAX_DELAY_SECONDS, Math.ceil(Math.max(0, delayMs) / 1_000));
    const StringValue = this.#requestId();
    const entries = messages.map((message, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(message),
      ...(DelaySeconds > 0 ? { DelaySeconds } : {}),
      ...(StringValue ? { MessageAttributes: { request_id: { DataType: 'String', StringValue } } } : {}),
    }));
    const QueueUrl = await this.#queueUrl();
    await pMap(
      chunk(entries, MESSAGES_PER_CALL),
      async (batch) => {
        let left = batch;
        await retryRefused.execute(async () => {
          const { Failed = [] } = await this.#client.send(new SendMessageBatchCommand({ QueueUrl, Entries: left }));
          left = left.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
          if (left.length > 0) throw new PartlyRefused(`${this.#name} refused ${left.length} messages`);
        });
      },
      { concurrency: PARALLEL_CALLS },
    );
  }

  /** Does no message wait to be received? Delayed messages and those in flight do not count. */
  async isEmpty(): Promise<boolean> {
    return (await this.depth()).visible === 0;
  }

  /** Approximately, as SQS counts. */
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

  /** Asked for once; a failure is not remembered. */
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
