import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { sqsClient } from '../../lib/aws/clients.ts';
import { cloudEvent } from '../../lib/events/cloud-event.ts';
import { redriveQueue } from '../../scripts/redrive-queue.ts';
import { givenAStack } from '../support/database.ts';
import { EventsWorld, paymentEvent } from '../support/events-world.ts';

const database = await givenAStack();

it('a redrive moves all dead letters of a queue back to it, unchanged', async () => {
  const world = await EventsWorld.open(database);
  const sqs = sqsClient();
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${world.name}-metrics-dlq` }));
  const events = Array.from({ length: 23 }, () => cloudEvent(paymentEvent()));
  for (const event of events) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
  }
  expect(await redriveQueue(sqs, `${world.name}-metrics`)).toBe(23);
  expect(await world.received('metrics-dlq')).toEqual([]);
  const moved = await world.received('metrics');
  expect(moved.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(events);
  expect(await redriveQueue(sqs, `${world.name}-metrics`)).toBe(0);
});
