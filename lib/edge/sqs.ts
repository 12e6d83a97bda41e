import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import type { LogFields } from '../kernel/log.ts';
import { PLAUSIBLE_ID } from './context.ts';
import { withLogLine } from './log-line.ts';

/** `receives`: how often the queue has delivered the message. */
export type Delivery = { readonly messageId: string; readonly receives: number };

/**
 * Makes a Lambda handler for an SQS event: messages are checked, handled at the same time, and reported one by one, so
 * that only those that failed come back (and, after maxReceiveCount, go to the dead-letter queue).
 */
export function sqs<Schema extends z.ZodType>(
  schema: Schema,
  handle: (message: z.output<Schema>, delivery: Delivery) => Promise<LogFields>,
) {
  const handleRecord = (record: SQSRecord) => {
    const { messageId, body, attributes } = record;
    const receives = Number(attributes.ApproximateReceiveCount);
    return withLogLine(
      { requestId: requestIdOf(record), message: 'message', fields: { message_id: messageId, receives } },
      async () => handle(schema.parse(JSON.parse(body)), { messageId, receives }),
      (result) => result,
    );
  };
  return middy<SQSEvent, SQSBatchResponse>().handler(
    (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
      processPartialResponse(event, handleRecord, new BatchProcessor(EventType.SQS), {
        context,
        throwOnFullBatchFailure: false,
      }),
  );
}

/** The sender's request id, so that a request can be followed to all that it set in motion; else the message's own. */
function requestIdOf({ messageAttributes, messageId }: SQSRecord): string {
  const sent = messageAttributes?.request_id?.stringValue;
  return sent && PLAUSIBLE_ID.test(sent) ? sent : messageId;
}
