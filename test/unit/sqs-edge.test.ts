import { setImmediate } from 'node:timers/promises';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sqs } from '../../lib/edge/batch.ts';
import { addLogFields, currentRequestId } from '../../lib/edge/context.ts';
import { schedule, step } from '../../lib/edge/invocation.ts';
import { chunkMessageSchema } from '../../lib/payouts/queue.ts';
import { machine, withRuntime } from '../../lib/runtime.ts';
import { chunkInput } from '../../lib/settlement/steps.ts';
import { logLines } from '../support/log-lines.ts';

const log = logLines();
beforeEach(() => log.forget());

const context = {
  awsRequestId: 'lambda-id',
  functionName: 'sluice-local-recover',
  getRemainingTimeInMillis: () => 30_000,
} as Context;
const message = (chunk: number) => JSON.stringify({ batch_id: 'b', chunk, run: 1 });

/** An event of Lambda's SQS poller. */
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
  it('are reported one by one: only the failed ones are retried', async () => {
    const seen: number[] = [];
    const handler = sqs(chunkMessageSchema, async ({ chunk }) => {
      seen.push(chunk);
      if (chunk === 2) throw new Error('the database is away');
      return { result: 'worked' };
    });
    const answer = await handler(anEvent(message(1), message(2), message(3)), context);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(seen).toEqual([1, 2, 3]);
    const line = { message_id: 'message-0', receives: 2, latency_ms: expect.any(Number) };
    expect(log.all).toContainEqual(
      expect.objectContaining({ ...line, level: 'info', message: 'message', result: 'worked' }),
    );
    expect(log.all).toContainEqual(
      expect.objectContaining({
        ...line,
        message_id: 'message-1',
        level: 'error',
        message: 'message failed',
        error: expect.objectContaining({ message: 'the database is away' }),
      }),
    );
  });

  it('are retried one by one if all fail', async () => {
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
  ])('never reach the handler if they are not valid (%s)', async (body) => {
    const work = vi.fn(async () => ({}));
    const answer = await sqs(chunkMessageSchema, work)(anEvent(body, message(1)), context);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(work).toHaveBeenCalledTimes(1);
  });
});

describe('the request id of a message', () => {
  const withId = (stringValue: string) => ({ request_id: { stringValue, dataType: 'String' as const } });

  it('is that of the request that sent it, in all its log lines, and in those of no other message', async () => {
    const handler = sqs(chunkMessageSchema, async ({ chunk }) => {
      addLogFields({ batch_id: `b-${chunk}` });
      await setImmediate();
      return { seen: currentRequestId() };
    });
    const event = anEvent(message(1), message(2));
    if (event.Records[0]) event.Records[0].messageAttributes = withId('trace-42');
    await handler(event, context);
    expect(log.all.map(({ request_id, batch_id, seen }) => [request_id, batch_id, seen])).toEqual([
      ['trace-42', 'b-1', 'trace-42'],
      ['message-1', 'b-2', 'message-1'],
    ]);
  });

  it.each(['', 'two words', 'x'.repeat(129), 'a\nb'])('is never %j', async (sent) => {
    const event = anEvent(message(1));
    if (event.Records[0]) event.Records[0].messageAttributes = withId(sent);
    await sqs(chunkMessageSchema, async () => ({}))(event, context);
    expect(log.all[0]?.request_id).toBe('message-0');
  });
});

describe('a scheduled run', () => {
  it('is logged with its result, under the id of its invocation', async () => {
    expect(await schedule(async () => ({ recovered: 3 }))({}, context)).toEqual({ recovered: 3 });
    expect(log.all).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'scheduled run',
        request_id: 'lambda-id',
        function_name: 'sluice-local-recover',
        recovered: 3,
      }),
    ]);
  });

  it('knows its deadline', async () => {
    const run = schedule(async ({ deadline }) => ({ deadline }));
    expect(await withRuntime({ ...machine, now: () => 1_000 }, () => run({}, context))).toEqual({ deadline: 31_000 });
  });

  it('is logged and fails when it throws, so that it is retried', async () => {
    const run = schedule(async () => {
      throw new Error('the database is away');
    });
    await expect(run({}, context)).rejects.toThrow('the database is away');
    expect(log.all).toEqual([expect.objectContaining({ level: 'error', request_id: 'lambda-id' })]);
  });
});

describe('a step of a state machine', () => {
  const input = { job_id: `job_${'0'.repeat(32)}`, chunk: '2026-10-31#04-07', account: '1234567890' };

  it('is logged with its job and nothing else of its input when it fails', async () => {
    const failing = step(chunkInput, async () => {
      throw new Error('the database is away');
    });
    await expect(failing(input, context)).rejects.toThrow('the database is away');
    expect(log.all).toEqual([
      expect.objectContaining({
        level: 'error',
        message: 'step failed',
        request_id: 'lambda-id',
        job_id: input.job_id,
      }),
    ]);
    await expect(failing({ job_id: 'x', account: '1234567890' }, context)).rejects.toThrow('job_id');
    expect(log.text()).not.toContain('1234567890');
  });

  it('is logged at level debug when it succeeds', async () => {
    expect(await step(chunkInput, async ({ chunk }) => ({ day: chunk.day }))(input, context)).toEqual({
      day: '2026-10-31',
    });
    expect(log.all).toEqual([]);
  });
});

describe('LOG_LEVEL', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** The levels that a new process logs, one line each. */
  async function logged(level: string): Promise<string[]> {
    vi.stubEnv('LOG_LEVEL', level);
    vi.resetModules();
    const { logger } = await import('../../lib/edge/log.ts');
    for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each]('line');
    return log.all.map((line) => line.level);
  }

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['nonsense', ['info', 'warn', 'error']], // another check refuses the setting; that error must appear, too
  ])('%s', async (level, levels) => {
    expect(await logged(level)).toEqual(levels);
  });
});
