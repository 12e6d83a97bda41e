import type { SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { snsClient, sqsClient } from '../../lib/aws/clients.ts';
import { transactWrite } from '../../lib/aws/transact.ts';
import type { Config } from '../../lib/config.ts';
import { auditDeps } from '../../lib/dependencies/audit.ts';
import { metricsDeps, relayDeps } from '../../lib/dependencies/events.ts';
import type { CloudEvent } from '../../lib/events/cloud-event.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { appendToOutbox, eventKey } from '../../lib/events/items.ts';
import type { AuditDeps, MetricsDeps, RelayDeps } from '../../lib/events/ports.ts';
import { type Database, documentClient } from './database.ts';
import { settings } from './settings.ts';

export const NOW = Date.parse('2026-11-20T10:00:00.000Z');

type Options = {
  readonly dynamo?: DynamoDBDocumentClient;
  readonly topics?: SNSClient;
};

/** The event store, the topic and a queue that gets all events. Nothing is published unless the test does it. */
export class EventsWorld {
  readonly settings: Config;
  readonly relay: RelayDeps;
  readonly metrics: MetricsDeps;
  readonly audit: AuditDeps;
  now = NOW;
  readonly name: string;
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #queues = sqsClient(Date.now);

  private constructor(name: string, { dynamo = documentClient(), topics = snsClient(Date.now) }: Options) {
    this.name = name;
    this.#dynamo = dynamo;
    this.settings = settings({
      EVENTS_TABLE: `${name}-events`,
      EVENTS_TOPIC: `arn:aws:sns:us-east-1:000000000000:${name}-events`,
    });
    const now = () => this.now;
    this.relay = { ...relayDeps(this.settings, { dynamo, topics }), now };
    this.metrics = { ...metricsDeps(this.settings, { dynamo }), now };
    this.audit = { ...auditDeps(this.settings, { dynamo }), now };
  }

  static async open(database: Database, options: Options = {}): Promise<EventsWorld> {
    worlds += 1;
    const name = `world-${worlds}`;
    await database.provisionEvents(name);
    return new EventsWorld(name, options);
  }

  /** Stores events as their domains do. */
  async appendToOutbox(...events: DomainEvent[]): Promise<void> {
    for (const event of events) {
      const written = await transactWrite(this.#dynamo, [appendToOutbox(this.settings.EVENTS_TABLE, event)]);
      if (!written.done) throw new Error(`${event.id} is stored`);
    }
  }

  /** The stored item of an event. */
  async stored(event: DomainEvent): Promise<unknown> {
    const Key = eventKey(event);
    return (await this.#dynamo.send(new GetCommand({ TableName: this.settings.EVENTS_TABLE, Key }))).Item;
  }

  async waiting(): Promise<number> {
    return (await this.relay.outbox.backlog()).waiting;
  }

  /** Takes all published events out of the queue. */
  async received(): Promise<CloudEvent[]> {
    const { QueueUrl } = await this.#queues.send(new GetQueueUrlCommand({ QueueName: `${this.name}-subscriber` }));
    const events: CloudEvent[] = [];
    for (;;) {
      const { Messages = [] } = await this.#queues.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) return events;
      for (const { Body = '', ReceiptHandle } of Messages) {
        events.push(JSON.parse(Body));
        await this.#queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }
}

/** An event of a new payment. */
export function paymentEvent(
  { type = 'payment.completed', ...changes }: Partial<DomainEvent> = {},
  data: DomainEvent['data'] = {},
): DomainEvent {
  payments += 1;
  const id = `pay_${String(payments).padStart(32, '0')}`;
  const own = { payment_id: id, user_id: 'ana', amount: '1250', currency: 'IDR', status: 'APPROVED' };
  const event = {
    id: `${type}:${id}`,
    type,
    source: '/sluice/wallets',
    subject: id,
    time: new Date(NOW).toISOString(),
    requestId: `request-${payments}`,
    data: { ...own, ...data },
  };
  return { ...event, ...changes };
}
let payments = 0;
let worlds = 0;
