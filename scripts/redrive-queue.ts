import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** The SQS limit of one call. */
const MESSAGES_PER_CALL = 10;

/**
 * Moves all messages of the dead-letter queue `<queue>-dlq` back to its queue. Sends each message before deleting it: after a
 * crash in between it is in both queues, and its consumer deduplicates it by its id.
 * @returns the number of messages
 */
export async function redriveQueue(sqs: SQSClient, queue: string): Promise<number> {
  const [from, to] = await Promise.all(
    [`${queue}-dlq`, queue].map(async (QueueName) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl),
  );
  for (let moved = 0; ; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: from,
        MaxNumberOfMessages: MESSAGES_PER_CALL,
        MessageAttributeNames: ['All'],
        WaitTimeSeconds: 1, // long polling asks all SQS servers; short polling may miss messages
      }),
    );
    if (Messages.length === 0) return moved;
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: to, Entries: Messages.map(copyOf) }),
    );
    const sent = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })).filter(
      ({ Id }) => !Failed.some((failed) => failed.Id === Id),
    );
    if (sent.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: from, Entries: sent }));
    moved += sent.length;
    if (Failed.length > 0) throw new Error(`${queue} refused ${Failed.length} messages: ${Failed[0]?.Code}`);
  }
}

function copyOf({ Body, MessageAttributes }: Message, index: number) {
  return { Id: String(index), MessageBody: Body, ...(MessageAttributes ? { MessageAttributes } : {}) };
}
