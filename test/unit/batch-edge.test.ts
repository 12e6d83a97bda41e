import type { Context, DynamoDBRecord } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import { stream } from '../../lib/edge/batch.ts';
import { currentRequestId } from '../../lib/edge/context.ts';
import { logLines } from '../support/log-lines.ts';

const log = logLines();
beforeEach(() => log.forget());

type Message = { n: number; requestId?: string | undefined };
const context = { awsRequestId: 'lambda-id' } as Context;
const about = ({ n, requestId }: Message) => ({ n, request_id: requestId });
const failures = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

type EventName = DynamoDBRecord['eventName'];
const inserted = (n: number, eventName: EventName = 'INSERT', requestId?: string): DynamoDBRecord => ({
  eventName,
  dynamodb: {
    SequenceNumber: `s${n}`,
    NewImage: { n: { N: String(n) }, ...(requestId === undefined ? {} : { requestId: { S: requestId } }) },
  },
});
const of = (...records: DynamoDBRecord[]) => ({ Records: records });
const read = (item: Record<string, unknown>): Message | undefined => {
  if (item.n === 99) throw new Error('is not a message');
  return item.n === 0 ? undefined : { n: item.n as number, requestId: item.requestId as string | undefined };
};

describe('records that are handled as a batch', () => {
  it('reach the handler in one call, with one request id', async () => {
    const seen: unknown[] = [];
    const handle = async (messages: readonly Message[]) => {
      seen.push(
        messages.map(({ n }) => n),
        currentRequestId(),
      );
      return { done: messages };
    };
    expect(await stream(read, { handle, about })(of(inserted(1), inserted(2)), context)).toEqual(failures());
    expect(seen).toEqual([[1, 2], 'lambda-id']);
  });

  it('fail one by one if they are unfinished or invalid', async () => {
    const handle = async (messages: readonly Message[]) => ({
      done: messages.filter(({ n }) => n !== 3),
      failure: new Error('the topic is down'),
    });
    const answer = await stream(read, { handle, about })(of(inserted(1), inserted(99), inserted(3)), context);
    expect(answer).toEqual(failures('s99', 's3'));
    const error = expect.objectContaining({ message: 'the topic is down' });
    expect(log.all).toContainEqual(expect.objectContaining({ level: 'error', message_ids: ['s3'], error }));
  });

  it('all fail when the handler throws, and none when they are left to another consumer', async () => {
    const thrown = async () => {
      throw new Error('the database is away');
    };
    const records = of(inserted(1), inserted(2));
    expect(await stream(read, { handle: thrown, about })(records, context)).toEqual(failures('s1', 's2'));
    const leave = async (messages: readonly Message[]) => ({ done: [], left: messages, failure: new Error('later') });
    expect(await stream(read, { handle: leave, about })(records, context)).toEqual(failures());
    expect(log.all).toContainEqual(expect.objectContaining({ level: 'warn', message_ids: ['s1', 's2'] }));
  });

  it('are logged one by one, with the id of the request that sent each', async () => {
    const handle = async (messages: readonly Message[]) => ({ done: messages });
    await stream(read, { handle, about })(of(inserted(1, 'INSERT', 'req-1'), inserted(2)), context);
    expect(log.all).toMatchObject([
      { level: 'info', message: 'message', message_id: 's1', n: 1, request_id: 'req-1' },
      { level: 'info', message: 'message', message_id: 's2', n: 2, request_id: 's2' },
    ]);
  });
});

describe('a stream', () => {
  it('delivers only new items that are read, and reports failures by sequence number', async () => {
    const seen: number[] = [];
    const handler = stream(read, {
      handle: async (messages) => {
        seen.push(...messages.map(({ n }) => n));
        return { done: messages.filter(({ n }) => n !== 4), failure: new Error('no') };
      },
      about,
    });
    const Records = [inserted(1), inserted(2, 'MODIFY'), inserted(3, 'REMOVE'), inserted(0), inserted(4), inserted(99)];
    expect(await handler({ Records }, context)).toEqual(failures('s99', 's4'));
    expect(seen).toEqual([1, 4]);
  });

  it('without new items is done at once', async () => {
    const handle = async () => {
      throw new Error('there is nothing to handle');
    };
    const handler = stream(read, { handle, about });
    expect(await handler({ Records: [inserted(2, 'MODIFY')] }, context)).toEqual(failures());
  });
});
