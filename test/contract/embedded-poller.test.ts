import { ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type SqsTrigger, startPoller } from '../../localstack/embedded/offline/poller.ts';
import { succeeded } from '../../localstack/embedded/offline/sqs-event.ts';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import { clientsOf, eventually, givenAStack } from './embedded-stack.ts';
import { template } from './embedded-template.ts';

type Handle = (event: SQSEvent) => Promise<unknown>;

const trigger: SqsTrigger = {
  functionName: 'consume',
  queueArn: 'arn:aws:sqs:us-east-1:000000000000:work',
  batchSize: 10,
  maximumConcurrency: 2,
  batchingWindowSeconds: 0,
  reportsFailures: true,
};

/** Messages reappear at once here, so a second lane would see them before the first had deleted them. */
const oneAtATime = { maximumConcurrency: 1 };

/** A queue whose messages reappear at once and move to the dead-letter queue after two receives, and its poller. */
async function givenAPoller(handle: Handle, overrides: Partial<SqsTrigger> = {}) {
  const { endpoint } = await givenAStack();
  await provision(template(0), { endpoint });
  const { sqs } = clientsOf(endpoint);
  const send = (...bodies: string[]) => {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    return sqs.send(new SendMessageBatchCommand({ QueueUrl: `${endpoint}/000000000000/work`, Entries }));
  };
  const take = async (queue: string) => {
    const received = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: `${endpoint}/000000000000/${queue}`, MaxNumberOfMessages: 10 }),
    );
    return (received.Messages ?? []).map(({ Body }) => Body);
  };
  const start = () => {
    const invoke = (_name: string, event: unknown) => handle(event as SQSEvent);
    const poller = startPoller(endpoint, { ...trigger, ...overrides }, invoke, () => {});
    onTestFinished(() => poller.drain());
    return poller;
  };
  return { send, take, start };
}

describe('the queue poller', () => {
  it('deletes all messages but the reported failures, and dead-letters repeated failures', async () => {
    const seen: string[] = [];
    const { send, take, start } = await givenAPoller(async ({ Records }) => {
      seen.push(...Records.map(({ body }) => body));
      const poison = Records.filter(({ body }) => body === 'poison');
      return { batchItemFailures: poison.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    }, oneAtATime);
    await send('good', 'poison', 'fine');
    start();
    expect(
      await eventually(
        () => take('dead'),
        (bodies) => bodies.length > 0,
      ),
    ).toEqual(['poison']);
    expect(seen.toSorted()).toEqual(['fine', 'good', 'poison', 'poison']);
    expect(await take('work')).toEqual([]);
  });

  it('deletes nothing when the invocation throws', async () => {
    const { send, take, start } = await givenAPoller(async () => {
      throw new Error('broken');
    }, oneAtATime);
    await send('a', 'b');
    start();
    const dead: unknown[] = [];
    await eventually(
      async () => dead.push(...(await take('dead'))),
      (count) => count === 2,
    );
    expect(dead.toSorted()).toEqual(['a', 'b']);
  });

  it('passes the same event as Lambda', async () => {
    const events: SQSEvent[] = [];
    const { send, start } = await givenAPoller(async (event) => events.push(event));
    await send('{"n":1}');
    start();
    await eventually(
      async () => events.length,
      (count) => count > 0,
    );
    expect(events[0]?.Records[0]).toMatchObject({
      body: '{"n":1}',
      eventSource: 'aws:sqs',
      eventSourceARN: trigger.queueArn,
      awsRegion: 'us-east-1',
      attributes: { ApproximateReceiveCount: '1' },
    });
  });

  it('runs at most maximumConcurrency batches of at most batchSize at once', async () => {
    let running = 0;
    let most = 0;
    const sizes: number[] = [];
    const { send, start } = await givenAPoller(
      async ({ Records }) => {
        sizes.push(Records.length);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running--;
      },
      { batchSize: 2, maximumConcurrency: 3 },
    );
    await send(...Array.from({ length: 10 }, (_, n) => String(n)));
    start();
    const total = () => sizes.reduce((sum, size) => sum + size, 0);
    await eventually(
      async () => total(),
      (count) => count >= 10,
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('collects a batch during the batching window', async () => {
    const sizes: number[] = [];
    const { send, start } = await givenAPoller(async ({ Records }) => sizes.push(Records.length), {
      batchSize: 3,
      maximumConcurrency: 1,
      batchingWindowSeconds: 10,
    });
    start();
    await send('a');
    await send('b');
    await send('c');
    await eventually(
      async () => sizes.length,
      (count) => count > 0,
    );
    expect(sizes).toEqual([3]);
  });

  it('drains: waits for the running batch, and leaves the rest on the queue', async () => {
    let release = () => {};
    const handled: string[] = [];
    const { send, take, start } = await givenAPoller(
      async ({ Records }) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        handled.push(...Records.map(({ body }) => body));
      },
      { batchSize: 1, maximumConcurrency: 1 },
    );
    const isInHand = release;
    await send('first', 'second');
    const poller = start();
    await eventually(async () => release !== isInHand, Boolean);
    const drained = poller.drain();
    release();
    await drained;
    expect(handled).toHaveLength(1);
    expect([...handled, ...(await take('work'))].toSorted()).toEqual(['first', 'second']);
  });
});

describe('the answer of a function to a batch', () => {
  const batch = [{ MessageId: 'a' }, { MessageId: 'b' }];

  it.each([
    ['nothing', undefined, ['a', 'b']],
    ['an empty list', { batchItemFailures: [] }, ['a', 'b']],
    ['null for a list', { batchItemFailures: null }, ['a', 'b']],
    ['one failure', { batchItemFailures: [{ itemIdentifier: 'a' }] }, ['b']],
    ['a failure of an unknown message', { batchItemFailures: [{ itemIdentifier: 'z' }] }, []],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, []],
    ['a misspelt key', { batchItemFailures: [{ id: 'a' }] }, []],
  ])('%s', (_what, answer, deleted) => {
    expect(succeeded(batch, answer).map(({ MessageId }) => MessageId)).toEqual(deleted);
  });
});
