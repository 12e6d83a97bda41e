import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import type { LogFields } from '../kernel/log.ts';
import { PLAUSIBLE_ID } from './context.ts';
import { withLogLine } from './log-line.ts';

/**
 * Makes a Lambda handler for an SQS event: messages are checked, handled at the same time, and reported one by one, so
 * that only those that failed come back (and, after maxReceiveCount, go to the dead-letter queue).
 */
export function sqs<Schema extends z.ZodType>(
  schema: Schema,
  handle: (message: z.output<Schema>, record: SQSRecord) => Promise<LogFields>,
) {
  const handleRecord = (record: SQSRecord) =>
    withLogLine(
      {
        requestId: requestIdOf(record),
        message: 'message',
        fields: { message_id: record.messageId, receives: Number(record.attributes.ApproximateReceiveCount) },
      },
      async () => handle(schema.parse(JSON.parse(record.body)), record),
      (result) => result,
    );
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
