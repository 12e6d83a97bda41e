import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { CloudEvent } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../lib/events/event.ts';
import { appendToOutbox } from '../../lib/events/items.ts';
import { awsOf } from '../../scripts/aws.ts';
import { eventually } from '../contract/embedded-stack.ts';
import { paymentEvent } from '../support/events-world.ts';
import { Service, vendorBatch } from '../support/service.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:sluice-local-events';
const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

/** An event of this moment, as a domain stores it. */
const happened = (data: DomainEvent['data'] = {}, type: DomainEvent['type'] = 'payment.completed') =>
  paymentEvent({ type, time: new Date().toISOString() }, data);

async function given(...events: DomainEvent[]): Promise<void> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(awsOf(service.endpoints)));
  const TransactItems = events.map((event) => appendToOutbox('sluice-local-events', event));
  await client.send(new TransactWriteCommand({ TransactItems }));
  client.destroy();
}

async function metric(sample: string): Promise<number> {
  const { text } = await service.get('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return Number(line?.split(' ')[1] ?? 0);
}

const audited = async (subject: string) => (await service.get(`/audit?subject=${subject}`)).body.events;
const reaches = (sample: string, value: number, seconds = 15) =>
  eventually(
    () => metric(sample),
    (read) => read === value,
    seconds,
  );

describe('an event', () => {
  it('is counted and logged once it is stored', async () => {
    const [paid, refund] = [
      happened({ amount: '700', currency: 'PHP', latency_ms: 90 }),
      happened({}, 'refund.created'),
    ];
    await given(paid, refund);
    await reaches('sluice_payments_total{outcome="completed",currency="PHP"}', 1);
    expect(await metric('sluice_payment_amounts_minor_units_total{outcome="completed",currency="PHP"}')).toBe(700);
    expect(await metric('sluice_payment_duration_seconds_bucket{outcome="completed",le="0.1"}')).toBe(1);
    for (const event of [paid, refund]) {
      const [logged] = await eventually(
        () => audited(event.subject),
        ({ length }) => length === 1,
      );
      expect(logged).toMatchObject({ id: event.id, type: event.type, data: event.data, requestid: event.requestId });
    }
    await reaches('sluice_outbox_waiting', 0);
  });

  it('survives a crash of the service', async () => {
    const paid = Array.from({ length: 20 }, () => happened({ currency: 'VND' }));
    await given(...paid);
    await service.kill();
    await service.start();
    await reaches('sluice_payments_total{outcome="completed",currency="VND"}', 20, 60);
    await reaches('sluice_outbox_waiting', 0);
  });

  it('of a batch reaches the queue of another system, with the id of the request that started it', async () => {
    const [queues, topics] = [new SQSClient(awsOf(service.endpoints)), new SNSClient(awsOf(service.endpoints))];
    const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'partner' }));
    await topics.send(
      new SubscribeCommand({
        TopicArn: TOPIC,
        Protocol: 'sqs',
        Endpoint: 'arn:aws:sqs:us-east-1:000000000000:partner',
        Attributes: { RawMessageDelivery: 'true', FilterPolicy: '{"type":[{"prefix":"batch.compl"}]}' },
      }),
    );
    await service.post('/batches', vendorBatch(3, 'subscribed'), { 'X-Request-Id': 'my-request' });
    const batch = await service.finished('subscribed');
    const { Messages: [message] = [] } = await eventually(
      () => queues.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 })),
      ({ Messages = [] }) => Messages.length > 0,
    );
    await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    const event = new CloudEvent(JSON.parse(message?.Body ?? ''), true);
    expect(event).toMatchObject({
      id: 'batch.completed:subscribed:1',
      type: 'batch.completed',
      source: '/sluice/payouts',
      subject: 'subscribed',
      requestid: 'my-request',
      data: { batch_id: 'subscribed', status: batch.status, total_count: 3, completed_count: batch.counts.completed },
    });
    queues.destroy();
    topics.destroy();
  });

  it('waits while the topic is missing, and is published once the stack has created the topic again', {
    timeout: 180_000,
  }, async () => {
    const topics = new SNSClient(awsOf(service.endpoints));
    await topics.send(new DeleteTopicCommand({ TopicArn: TOPIC }));
    const paid = Array.from({ length: 15 }, () => happened({ currency: 'USD' }));
    await given(...paid);
    await reaches('sluice_outbox_waiting', 15);
    expect(await metric('sluice_outbox_age_seconds')).toBeGreaterThan(0);

    await service.kill();
    await service.start();
    await reaches('sluice_payments_total{outcome="completed",currency="USD"}', 15, 150);
    await reaches('sluice_outbox_waiting', 0);
    topics.destroy();
  });
});

describe('GET /metrics', () => {
  it('answers in OpenMetrics', async () => {
    const { status, headers, text } = await service.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});

describe('GET /audit', () => {
  it('returns page by page', async () => {
    const events = Array.from({ length: 5 }, () => paymentEvent({ time: '2026-01-31T23:59:59.000Z' }));
    await given(...events);
    const range = 'from=2026-01-31T12:00:00Z&to=2026-02-01T00:00:00%2B00:00&limit=2';
    await eventually(
      () => service.get(`/audit?${range.replace('limit=2', 'limit=5')}`),
      ({ body }) => body.events.length === 5,
    );
    const read: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await service.get(`/audit?${range}${cursor}`);
      read.push(...body.events.map(({ id }: { id: string }) => id));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(read).toEqual(events.map(({ id }) => id).sort());
  });

  it.each([
    ['from=yesterday', 'from'],
    ['from=2026-11-20T10:00:00', 'from'],
    ['from=2026-11-20T10:00:00Z&to=2026-11-20T09:00:00Z', 'from'],
    ['to=1999-01-01T00:00:00Z', 'to'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['subject=', 'subject'],
    ['cursor=nonsense', 'cursor'],
  ])('?%s is refused with 400 and names %s', async (query, path) => {
    const { status, body } = await service.get(`/audit?${query}`);
    expect([status, body.error.code, body.error.details[0]?.path]).toEqual([400, 'VALIDATION_ERROR', path]);
  });
});

it.each(['/metrics', '/audit'])('%s requires an API key', async (path) => {
  expect((await service.get(path, { 'X-API-Key': 'wrong' })).status).toBe(401);
});
