import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBRecord, DynamoDBStreamEvent, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import { invariant } from '../kernel/errors.ts';
import type { LogFields } from '../kernel/log.ts';
import { chain, lineOf } from './chain.ts';
import { addLogFields, type Origin, PLAUSIBLE_ID, within } from './context.ts';
import { logger } from './log.ts';
import { ownOrigin, traceIdIn, traceIdOfInvocation } from './trace.ts';

/*
 * Handlers of messages and stream records. Lambda repeats those whose ids they report; after maxReceiveCount an SQS message
 * goes to the dead-letter queue.
 */

const failures = (ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

/** `receives`: how often the queue has delivered the message. */
type Delivery = { readonly messageId: string; readonly receives: number };

/** Makes a Lambda handler for an SQS event. It processes the messages of an event at the same time, each by itself. */
export function sqs<Schema extends z.ZodType>(
  schema: Schema,
  handle: (message: z.output<Schema>, delivery: Delivery) => Promise<LogFields>,
) {
  const read = (record: SQSRecord) => {
    const delivery = { messageId: record.messageId, receives: Number(record.attributes.ApproximateReceiveCount) };
    addLogFields({ message_id: delivery.messageId, receives: delivery.receives });
    return { message: schema.parse(JSON.parse(record.body)), delivery };
  };
  const run = chain(
    { origin: senderOf, read, line: lineOf('message', (result: LogFields) => result) },
    ({ message, delivery }) => handle(message, delivery),
  );
  return async ({ Records }: SQSEvent, context: Context) => {
    const results = await Promise.allSettled(Records.map((record) => run(record, context)));
    return failures(Records.filter((_, index) => results[index]?.status === 'rejected').map((each) => each.messageId));
  };
}

/** Makes a Lambda handler that processes the messages of an SQS event together. All are repeated if it throws. */
export function sqsTogether<Schema extends z.ZodType>(
  schema: Schema,
  handle: (messages: readonly z.output<Schema>[]) => Promise<LogFields>,
) {
  return chain(
    {
      origin: (_event: SQSEvent, context: Context) => ownOrigin(context),
      read: ({ Records }) =>
        readEach(Records.map(({ messageId: id, body }) => ({ id, read: () => schema.parse(JSON.parse(body)) }))),
      line: lineOf('messages', () => ({})),
    },
    async ({ ids, unread }) => {
      if (ids.size > 0) addLogFields(await handle([...ids.keys()]));
      return failures(unread);
    },
  );
}

type SqsHandler = ReturnType<typeof sqs>;

/** Makes a Lambda handler for several queues. `handlers`: by the end of the queue's name. An event is of one queue. */
export function sqsByQueue(handlers: Readonly<Record<string, SqsHandler>>): SqsHandler {
  return async (event, context) => {
    const arn = event.Records[0]?.eventSourceARN ?? '';
    const handler = Object.entries(handlers).find(([name]) => arn.endsWith(name))?.[1];
    invariant(handler, `there is a handler for the queue ${arn}`);
    return handler(event, context);
  };
}

/** The request that sent the message, else the message itself. */
function senderOf({ messageAttributes, messageId }: SQSRecord): Origin {
  const { request_id, trace_id } = messageAttributes ?? {};
  const requestId = request_id?.stringValue;
  return {
    requestId: requestId && PLAUSIBLE_ID.test(requestId) ? requestId : messageId,
    traceId: traceIdIn(trace_id?.stringValue) ?? traceIdOfInvocation(),
  };
}

/** Processes all records of an event in one call. */
type Work<Message> = {
  /** Lambda repeats the messages that are neither `done` nor `left` to others, or all of them if the call throws. */
  readonly handle: (messages: readonly Message[]) => Promise<Handled<Message>>;
  /** The log fields of a message. `request_id` is the request that caused it. */
  readonly about: (message: Message) => LogFields;
};

type Handled<Message> = {
  readonly done: readonly Message[];
  readonly left?: readonly Message[];
  /** The first failure, if a message is not done. */
  readonly failure?: unknown;
};

/** A message or stream record. Lambda knows it by its `id`. */
type Delivered<Message> = { readonly id: string; readonly read: () => Message | undefined };

/**
 * Makes a Lambda handler for the new items of a table's stream. It skips changes, removals and the items that `read` returns
 * undefined for. Lambda repeats a stream from the first record that is reported.
 */
export function stream<Message>(read: (item: Record<string, unknown>) => Message | undefined, work: Work<Message>) {
  return batch(
    ({ Records }: DynamoDBStreamEvent) =>
      Records.filter(({ eventName }) => eventName === 'INSERT').map((record) => ({
        id: record.dynamodb?.SequenceNumber ?? '',
        read: () => read(imageOf(record)),
      })),
    work,
  );
}

function imageOf({ dynamodb }: DynamoDBRecord): Record<string, unknown> {
  return unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
}

function batch<Event, Message>(
  recordsOf: (event: Event) => readonly Delivered<Message>[],
  { handle, about }: Work<Message>,
) {
  return chain(
    {
      origin: (_event: Event, context: Context) => ownOrigin(context),
      read: (event) => readEach(recordsOf(event)),
    },
    async ({ ids, unread }) => {
      const idsOf = (messages: Iterable<Message>) => [...messages].map((message) => ids.get(message) ?? '');
      const { done, left = [], failure } = await handled(handle, [...ids.keys()]);
      const others = new Set(ids.keys()).difference(new Set([...done, ...left]));
      const error = failure as Error;
      if (left.length > 0) logger.warn('messages left to others', { message_ids: idsOf(left), error });
      if (others.size > 0) logger.error('messages failed', { message_ids: idsOf(others), error });
      for (const message of done) await logMessage(about(message), ids.get(message) ?? '');
      return failures([...unread, ...idsOf(others)]);
    },
  );
}

/** An invalid message fails alone. */
function readEach<Message>(records: readonly Delivered<Message>[]) {
  const ids = new Map<Message, string>();
  const unread: string[] = [];
  for (const { id, read } of records) {
    try {
      const message = read();
      if (message !== undefined) ids.set(message, id);
    } catch (error) {
      unread.push(id);
      logger.error('message failed', { message_id: id, error: error as Error });
    }
  }
  return { ids, unread };
}

async function handled<Message>(handle: Work<Message>['handle'], messages: Message[]): Promise<Handled<Message>> {
  if (messages.length === 0) return { done: [] };
  try {
    return await handle(messages);
  } catch (failure) {
    return { done: [], failure };
  }
}

/** One line per message, under the id of the request that caused it. */
function logMessage({ request_id, ...fields }: LogFields, id: string): Promise<void> {
  return within({ requestId: String(request_id ?? id) }, async () =>
    logger.info('message', { message_id: id, ...fields }),
  );
}
