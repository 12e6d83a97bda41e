import type { Context, SQSEvent } from 'aws-lambda';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { logger } from '../../lib/edge/log.ts';
import { schedule } from '../../lib/edge/schedule.ts';
import { sqs } from '../../lib/edge/sqs.ts';
import { chunkMessageSchema } from '../../lib/payouts/queue.ts';

const info = vi.spyOn(logger, 'info').mockImplementation(() => {});
const error = vi.spyOn(logger, 'error').mockImplementation(() => {});
beforeEach(() => {
  info.mockClear();
  error.mockClear();
});

const context = { awsRequestId: 'lambda-id', getRemainingTimeInMillis: () => 30_000 } as Context;
const message = (chunk: number) => JSON.stringify({ batch_id: 'b', chunk, run: 1 });

/** As Lambda's poller sends it. */
function anEvent(...bodies: string[]): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `receipt-${index}`,
      body,
      attributes: {
        ApproximateReceiveCount: '2',
        SentTimestamp: '0',
        SenderId: 'sender',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:chunks',
      awsRegion: 'us-east-1',
    })),
  };
}

describe('messages from a queue', () => {
  it('are reported one by one: only those that failed come back', async () => {
    const seen: number[] = [];
    const handler = sqs(chunkMessageSchema, async ({ chunk }) => {
      seen.push(chunk);
      if (chunk === 2) throw new Error('the database is away');
      return { result: 'worked' };
    });
    const answer = await handler(anEvent(message(1), message(2), message(3)), context);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(seen).toEqual([1, 2, 3]);
    expect(info).toHaveBeenCalledWith('message', { message_id: 'message-0', receives: 2, result: 'worked' });
    expect(error).toHaveBeenCalledWith('message failed', expect.objectContaining({ message_id: 'message-1' }));
  });

  it('that all fail come back one by one too', async () => {
    const handler = sqs(chunkMessageSchema, async () => {
      throw new Error('the database is away');
    });
    const { batchItemFailures } = (await handler(anEvent(message(1), message(2)), context)) as {
      batchItemFailures: unknown[];
    };
    expect(batchItemFailures).toHaveLength(2);
  });

  it.each([
    'not json',
    '{}',
    '{"batch_id":"b","chunk":0,"run":1}',
    '{"batch_id":"b","chunk":1,"run":0}',
    '{"batch_id":"../b","chunk":1,"run":1}',
    '{"batch_id":"b","chunk":"1","run":1}',
  ])('that are not ours (%s) are never worked on', async (body) => {
    const work = vi.fn(async () => ({}));
    const answer = await sqs(chunkMessageSchema, work)(anEvent(body, message(1)), context);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(work).toHaveBeenCalledTimes(1);
  });
});

describe('a scheduled run', () => {
  it('is logged with what it did', async () => {
    await schedule(async () => ({ recovered: 3 }))({}, context);
    expect(info).toHaveBeenCalledWith('scheduled run', { recovered: 3 });
  });

  it('that fails is logged and fails, so that it is tried again', async () => {
    const run = schedule(async () => {
      throw new Error('the database is away');
    });
    await expect(run({}, context)).rejects.toThrow('the database is away');
    expect(error).toHaveBeenCalledOnce();
  });
});
