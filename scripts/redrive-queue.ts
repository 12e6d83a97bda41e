import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** As many as one call receives, sends or deletes. */
const MESSAGES_PER_CALL = 10;

/**
 * Moves all messages of a dead-letter queue, `<queue>-dlq`, back to its queue. Each is sent before it is deleted: whoever
 * dies in between leaves it in both, and its consumer knows it by its id.
 * @returns how many were moved
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
        WaitTimeSeconds: 1, // asks all of SQS's servers: without it an answer may be empty though there are messages
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
