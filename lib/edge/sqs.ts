import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { z } from 'zod';
import { logger } from './log.ts';

/**
 * Makes a Lambda handler for an SQS event: messages are checked, handled at the same time, and reported one by one, so
 * that only those that failed come back (and, after maxReceiveCount, go to the dead-letter queue).
 */
export function sqs<Schema extends z.ZodType>(
  schema: Schema,
  handle: (message: z.output<Schema>, record: SQSRecord) => Promise<object>,
) {
  const handleRecord = async (record: SQSRecord) => {
    const context = { message_id: record.messageId, receives: Number(record.attributes.ApproximateReceiveCount) };
    try {
      const result = await handle(schema.parse(JSON.parse(record.body)), record);
      logger.info('message', { ...context, ...result });
    } catch (error) {
      logger.error('message failed', { ...context, error: error as Error });
      throw error;
    }
  };
  return middy<SQSEvent, SQSBatchResponse>().handler(
    (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
      processPartialResponse(event, handleRecord, new BatchProcessor(EventType.SQS), {
        context,
        throwOnFullBatchFailure: false,
      }),
  );
}
