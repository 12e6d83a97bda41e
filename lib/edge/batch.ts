import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import middy from '@middy/core';
import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  SQSBatchResponse,
  SQSEvent,
} from 'aws-lambda';
import type { z } from 'zod';
import type { LogFields } from '../kernel/log.ts';
import { within } from './context.ts';
import { invocationId } from './invocation.ts';
import { logger } from './log.ts';

/** Handles the messages of an invocation as one, where that is cheaper than each for itself. */
type Together<Message> = {
  /** Answers with those that are done and those that are left to others; all the rest come back. */
  readonly handle: (messages: readonly Message[]) => Promise<Handled<Message>>;
  /** What the log says of a message, among it the `request_id` of the request that made it. */
  readonly about: (message: Message) => LogFields;
};

type Handled<Message> = {
  readonly done: readonly Message[];
  readonly left?: readonly Message[];
  /** Why not all are done. */
  readonly failure?: unknown;
};

/** A record that was delivered: `id` is what Lambda knows it by. */
type Delivered = { readonly id: string; readonly read: () => unknown };

/**
 * Makes a Lambda handler for an SQS event. A message that is none of ours comes back alone, as in sqs.ts, and after
 * maxReceiveCount goes to the dead-letter queue.
 */
export function sqsBatch<Schema extends z.ZodType>(schema: Schema, work: Together<z.output<Schema>>) {
  return middy<SQSEvent, SQSBatchResponse>().handler((event: SQSEvent, context: Context) =>
    handleAll(
      event.Records.map(({ messageId, body }) => ({ id: messageId, read: () => schema.parse(JSON.parse(body)) })),
      work,
      context,
    ),
  );
}

/**
 * Makes a Lambda handler for the new items of a table's stream; what was changed or removed is passed over. Lambda
 * delivers again from the first record that is reported as failed.
 */
export function stream<Message>(read: (item: Record<string, unknown>) => Message, work: Together<Message>) {
  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler((event: DynamoDBStreamEvent, context: Context) =>
    handleAll(
      event.Records.filter(({ eventName }) => eventName === 'INSERT').map((record) => ({
        id: record.dynamodb?.SequenceNumber ?? '',
        read: () => read(imageOf(record)),
      })),
      work,
      context,
    ),
  );
}

function imageOf({ dynamodb }: DynamoDBRecord): Record<string, unknown> {
  return unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
}

async function handleAll<Message>(
  records: readonly Delivered[],
  { handle, about }: Together<Message>,
  context: Context | undefined,
): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> {
  const failed: string[] = [];
  const ids = new Map<Message, string>();
  for (const { id, read } of records) {
    try {
      ids.set(read() as Message, id);
    } catch (error) {
      failed.push(id);
      logger.error('message failed', { message_id: id, error: error as Error });
    }
  }
  const idsOf = (messages: Iterable<Message>) => [...messages].map((message) => ids.get(message) ?? '');

  await within(invocationId(context), async () => {
    const { done, left = [], failure } = await handled(handle, [...ids.keys()]);
    const others = new Set(ids.keys()).difference(new Set([...done, ...left]));
    if (left.length > 0) logger.warn('messages left to others', { message_ids: idsOf(left), error: failure as Error });
    if (others.size > 0) logger.error('messages failed', { message_ids: idsOf(others), error: failure as Error });
    failed.push(...idsOf(others));
    for (const message of done) await logMessage(about(message), ids.get(message) ?? '');
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function handled<Message>(handle: Together<Message>['handle'], messages: Message[]): Promise<Handled<Message>> {
  if (messages.length === 0) return { done: [] };
  try {
    return await handle(messages);
  } catch (error) {
    return { done: [], failure: error };
  }
}

/** One line for each, on behalf of the request that made it. */
function logMessage({ request_id, ...fields }: LogFields, id: string): Promise<void> {
  return within(String(request_id ?? id), async () => logger.info('message', { message_id: id, ...fields }));
}
