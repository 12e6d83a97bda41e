import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll } from 'vitest';
import { parse } from 'yaml';
import { documentClient, snsClient, sqsClient } from '../../lib/aws/clients.ts';
import { transactWrite } from '../../lib/aws/transact.ts';
import type { Config } from '../../lib/config.ts';
import { auditDeps, metricsDeps, relayDeps } from '../../lib/dependencies.ts';
import type { CloudEvent } from '../../lib/events/cloud-event.ts';
import { type DomainEvent, eventOf } from '../../lib/events/event.ts';
import { appendToOutbox, eventKey } from '../../lib/events/items.ts';
import type { AuditDeps, MetricsDeps, RelayDeps } from '../../lib/events/ports.ts';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import type { Template } from '../../localstack/embedded/provision/template.ts';
import { startStack } from '../../localstack/embedded/stack.ts';
import { settings } from './settings.ts';

const RESOURCES = join(import.meta.dirname, '../../resources');

export const NOW = Date.parse('2026-11-20T10:00:00.000Z');

/** A real DynamoDB, SNS and SQS for one test file; each world has the resources of events.yml and its queues. */
export class EventsStack {
  readonly #endpoint: string;
  readonly #template: string;
  #worlds = 0;

  private constructor(endpoint: string, template: string) {
    this.#endpoint = endpoint;
    this.#template = template;
  }

  /** Gone when the file is done. */
  static async given(): Promise<EventsStack> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-events-'));
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
    return new EventsStack(stack.endpoint, await readFile(join(RESOURCES, 'events.yml'), 'utf8'));
  }

  async newWorld(clients: Clients = {}): Promise<EventsWorld> {
    this.#worlds += 1;
    const name = `world-${this.#worlds}`;
    const template = parse(this.#template.replaceAll(PREFIX, name)) as Template;
    await provision(
      { Resources: { ...(await queuesOf(this.#worlds)), ...template.Resources } },
      { endpoint: this.#endpoint },
    );
    return new EventsWorld(name, clients);
  }
}

/** The queues that events.yml names, with their dead-letter queues. */
async function queuesOf(world: number): Promise<Template['Resources']> {
  const { Resources } = await queues({
    resolveVariable: async (name: string) => (name === 'self:service' ? 'world' : `${world}`),
  });
  const isOfEvents = ([logicalId]: [string, unknown]) => /^(Metrics|Audit)(DeadLetter)?Queue$/.test(logicalId);
  return Object.fromEntries(Object.entries<Template['Resources'][string]>(Resources).filter(isOfEvents));
}

const queues = createRequire(import.meta.url)(join(RESOURCES, 'queues.cjs'));
// biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder that the file contains
const PREFIX = '${self:service}-${sls:stage}';

/** Those that a test puts something between. */
export type Clients = { readonly dynamo?: DynamoDBDocumentClient; readonly topics?: SNSClient };

/** The outbox and all that follows from it; nothing moves unless the test moves it. */
export class EventsWorld {
  readonly settings: Config;
  readonly relay: RelayDeps;
  readonly metrics: MetricsDeps;
  readonly audit: AuditDeps;
  now = NOW;
  readonly name: string;
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #queues = sqsClient();

  constructor(name: string, { dynamo = documentClient(), topics = snsClient() }: Clients) {
    this.name = name;
    this.#dynamo = dynamo;
    this.settings = settings({
      OUTBOX_TABLE: `${name}-outbox`,
      METRICS_TABLE: `${name}-metrics`,
      AUDIT_TABLE: `${name}-audit`,
      EVENTS_TOPIC: `arn:aws:sns:us-east-1:000000000000:${name}-events`,
    });
    const now = () => this.now;
    this.relay = { ...relayDeps(this.settings, { dynamo, topics }), now };
    this.metrics = { ...metricsDeps(this.settings, { dynamo }), now };
    this.audit = { ...auditDeps(this.settings, { dynamo }), now };
  }

  /** Stores events as their domains do. */
  async appendToOutbox(...events: DomainEvent[]): Promise<void> {
    for (const event of events) {
      const written = await transactWrite(this.#dynamo, [appendToOutbox(this.settings.OUTBOX_TABLE, event)]);
      if (!written.done) throw new Error(`${event.id} is in the outbox`);
    }
  }

  /** As it lies in the outbox. */
  async stored(id: string): Promise<unknown> {
    const Key = eventKey(id);
    return (await this.#dynamo.send(new GetCommand({ TableName: this.settings.OUTBOX_TABLE, Key }))).Item;
  }

  async waiting(): Promise<number> {
    return (await this.relay.outbox.backlog()).waiting;
  }

  /** Takes all messages out of a queue. */
  async received(queue: 'metrics' | 'audit' | 'metrics-dlq' | 'audit-dlq'): Promise<CloudEvent[]> {
    const { QueueUrl } = await this.#queues.send(new GetQueueUrlCommand({ QueueName: `${this.name}-${queue}` }));
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

/** A fact about a payment, of its own unless its id is given. */
export function paymentEvent(
  { type = 'payment.completed', ...changes }: Partial<DomainEvent> = {},
  data: DomainEvent['data'] = {},
): DomainEvent {
  payments += 1;
  const id = `pay_${String(payments).padStart(32, '0')}`;
  const event = eventOf(
    { now: () => NOW, requestId: () => `request-${payments}` },
    {
      type,
      source: '/sluice/wallets',
      subject: id,
      data: { payment_id: id, user_id: 'ana', amount: '1250', currency: 'IDR', status: 'APPROVED', ...data },
    },
  );
  return { ...event, ...changes };
}
let payments = 0;
