import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { mapValues } from 'es-toolkit';
import { afterAll, describe, expect, it } from 'vitest';
import { sqsClient } from '../../lib/aws/clients.ts';
import { QueueSender } from '../../lib/aws/queue.ts';
import type { ChunkMessage } from '../../lib/payouts/chunk.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { ChunkQueue } from '../../lib/payouts/ports.ts';
import { chunkMessageSchema, sqsChunkQueue } from '../../lib/payouts/queue.ts';
import { startStack } from '../../localstack/embedded/stack.ts';
import { between } from '../support/faults.ts';
import { VirtualQueue } from '../support/queue.ts';

/** A queue with a receiver; time is real for SQS and virtual for the other implementation. */
type Subject = {
  readonly queue: ChunkQueue;
  /** Receives and deletes all visible messages. */
  receiveAll(): Promise<ChunkMessage[]>;
  /** Messages that are still delayed. */
  delayed(): Promise<number>;
  pass(ms: number): Promise<void>;
};

const dataDir = await mkdtemp(join(tmpdir(), 'sluice-queue-'));
const stack = await startStack({ dataDir });
afterAll(async () => {
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});
Object.assign(process.env, {
  AWS_ENDPOINT_URL: stack.endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

let queues = 0;

async function givenSqs(client: SQSClient = sqsClient(Date.now)) {
  queues += 1;
  const QueueName = `chunks-${queues}`;
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName }));
  const receiveAll = async () => {
    const received: ChunkMessage[] = [];
    for (;;) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return received;
      for (const { Body = '', ReceiptHandle } of Messages) {
        received.push(chunkMessageSchema.parse(JSON.parse(Body)));
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  };
  const delayed = async () => {
    const AttributeNames = ['ApproximateNumberOfMessagesDelayed' as const];
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return Number(Attributes?.ApproximateNumberOfMessagesDelayed);
  };
  return { queue: sqsChunkQueue(new QueueSender(client, QueueName)), receiveAll, delayed };
}

const subjects: Record<string, () => Promise<Subject>> = {
  'SQS (fauxqs)': async () => ({
    ...(await givenSqs()),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }),
  'the virtual queue of the workflow tests': async () => {
    let now = 0;
    const queue = new VirtualQueue<ChunkMessage>(() => now);
    const receiveAll = async () => {
      const received: ChunkMessage[] = [];
      for (let next = queue.receive(); next; next = queue.receive()) {
        received.push(next.message);
        next.delete();
      }
      return received;
    };
    const delayed = async () => queue.messages.length - (await visible(queue));
    return {
      queue,
      receiveAll,
      delayed,
      pass: async (ms) => {
        now += ms;
      },
    };
  },
};

async function visible(queue: VirtualQueue<ChunkMessage>): Promise<number> {
  return (await queue.isIdle()) ? 0 : queue.messages.length;
}

const messages = (count: number): ChunkMessage[] =>
  Array.from({ length: count }, (_, index) => ({ batchId: 'batch-1' as BatchId, chunk: index + 1, run: 1 }));
const inOrder = (received: readonly ChunkMessage[]) => received.toSorted((a, b) => a.chunk - b.chunk);

it('a message carries the ids of the request that caused it, if any', async () => {
  const client = sqsClient(Date.now);
  const ids = { request_id: 'request-42', trace_id: '1-67891233-abcdef012345678912345678' };
  for (const [name, sent] of Object.entries({ 'with-ids': ids, 'without-ids': {} })) {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name }));
    await new QueueSender(client, name, () => sent).send([{ chunk: 1 }]);
    const receive = new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] });
    const { Messages = [] } = await client.send(receive);
    expect(
      Messages.map(({ MessageAttributes }) => mapValues(MessageAttributes ?? {}, ({ StringValue }) => StringValue)),
    ).toEqual([sent]);
  }
});

describe.concurrent.each(Object.entries(subjects))('the chunk queue: %s', (_name, given) => {
  it('delivers every message, for any number of messages', async () => {
    const { queue, receiveAll } = await given();
    for (const count of [0, 1, 10, 11, 60]) {
      await queue.send(messages(count));
      expect(inOrder(await receiveAll())).toEqual(messages(count));
    }
  });

  it('is idle when no message is visible', async () => {
    const { queue, receiveAll } = await given();
    expect(await queue.isIdle()).toBe(true);
    await queue.send(messages(1));
    expect(await queue.isIdle()).toBe(false);
    await receiveAll();
    expect(await queue.isIdle()).toBe(true);
  });

  it('delays a message, rounded up to a whole second, and is idle until then', async () => {
    const { queue, receiveAll, delayed, pass } = await given();
    await queue.send(messages(1), 1);
    expect(await receiveAll()).toEqual([]);
    expect([await delayed(), await queue.isIdle()]).toEqual([1, true]);
    let received: ChunkMessage[] = [];
    for (let waits = 0; received.length === 0 && waits < 200; waits += 1) {
      await pass(50);
      received = await receiveAll();
    }
    expect(received).toEqual(messages(1));
  });

  it('delivers at once a message with a delay of zero or less', async () => {
    const { queue, receiveAll } = await given();
    await queue.send(messages(1), 0);
    await queue.send(messages(1), -5_000);
    expect(await receiveAll()).toHaveLength(2);
  });

  it('accepts delays longer than the limit of SQS', async () => {
    const { queue, delayed } = await given();
    await queue.send(messages(1), 24 * 3_600_000);
    expect(await delayed()).toBe(1);
  });
});

describe('a message on the wire', () => {
  it('names its round, if it has one', async () => {
    const { queue, receiveAll } = await givenSqs();
    const [message] = messages(1);
    if (!message) throw new Error('there is a message');
    await queue.send([message]);
    await queue.send([{ ...message, round: 3 }]);
    expect(await receiveAll()).toEqual([message, { ...message, round: 3 }]);
  });

  it('is also read in the format of the previous version', () => {
    expect(chunkMessageSchema.parse({ batch_id: 'batch-1', chunk: 1, run: 2 })).toEqual({
      batchId: 'batch-1',
      chunk: 1,
      run: 2,
    });
  });
});

describe.concurrent('the SQS adapter', () => {
  type Entry = { Id: string; DelaySeconds?: number };

  /** Observes every attempt of SendMessageBatch, and may replace its answer. */
  function watched(strike: (entries: Entry[], pass: () => Promise<unknown>) => Promise<unknown>): SQSClient {
    return between(sqsClient(Date.now), (command, pass, input) =>
      command === 'SendMessageBatchCommand' ? strike((input as { Entries: Entry[] }).Entries, pass) : pass(),
    );
  }

  it('sends ten messages a call, and delays of at most 15 minutes in whole seconds', async () => {
    const calls: Entry[][] = [];
    const { queue } = await givenSqs(
      watched((entries, pass) => {
        calls.push(entries);
        return pass();
      }),
    );
    await queue.send(messages(25));
    expect(calls.map(({ length }) => length).sort()).toEqual([10, 10, 5]);
    for (const delayMs of [1, 1_000, 1_001, 899_001, 86_400_000]) await queue.send(messages(1), delayMs);
    expect(calls.slice(3).map(([entry]) => entry?.DelaySeconds)).toEqual([1, 1, 2, 900, 900]);
    await queue.send([]);
    expect(calls).toHaveLength(8);
  });

  it('resends only the entries that the queue refused temporarily', async () => {
    const calls: string[][] = [];
    const { queue, receiveAll } = await givenSqs(
      watched(async (entries, pass) => {
        calls.push(entries.map(({ Id }) => Id));
        if (calls.length > 1) return pass();
        // The server never receives the first call; the answer reports two entries as refused temporarily.
        const Failed = entries.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' }));
        return { response: {}, output: { Successful: [], Failed: Failed.slice(0, 2), $metadata: {} } };
      }),
    );
    await queue.send(messages(3));
    expect(calls).toEqual([
      ['0', '1', '2'],
      ['0', '1'],
    ]);
    expect(inOrder(await receiveAll()).map(({ chunk }) => chunk)).toEqual([1, 2]);
  });

  it('throws when entries stay refused, so that the caller knows that they are not sent', {
    timeout: 30_000,
  }, async () => {
    const { queue } = await givenSqs(
      watched(async (entries) => {
        const Failed = entries.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' }));
        return { response: {}, output: { Successful: [], Failed, $metadata: {} } };
      }),
    );
    await expect(queue.send(messages(2))).rejects.toThrow('2 messages refused by');
  });

  it('retries to get the URL of its queue after a failure', async () => {
    const client = sqsClient(Date.now);
    const queue = sqsChunkQueue(new QueueSender(client, 'chunks-not-yet'));
    await expect(queue.send(messages(1))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await client.send(new CreateQueueCommand({ QueueName: 'chunks-not-yet' }));
    await queue.send(messages(1));
    expect(await queue.isIdle()).toBe(false);
  });
});
