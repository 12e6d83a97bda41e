import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { BatchWriteCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { chunk } from 'es-toolkit';
import { Webhook } from 'standardwebhooks';
import { sqsClient } from '../../lib/aws/clients.ts';
import { webhookDeps } from '../../lib/dependencies/webhooks.ts';
import { type CloudEvent, cloudEvent, type DomainEvent } from '../../lib/events/index.ts';
import { eventKey } from '../../lib/events/items.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { LogFields } from '../../lib/kernel/log.ts';
import type { Call as HttpCall } from '../../lib/webhooks/call.ts';
import { createEndpoint, type NewSecret } from '../../lib/webhooks/create-endpoint.ts';
import { deliver } from '../../lib/webhooks/deliver.ts';
import type { Delivery, DeliveryId } from '../../lib/webhooks/delivery.ts';
import type { Endpoint, EndpointId, EndpointSettings } from '../../lib/webhooks/endpoint.ts';
import { httpEndpointClient } from '../../lib/webhooks/http-endpoint-client.ts';
import { deliveryItem, deliveryOf } from '../../lib/webhooks/items.ts';
import type { DeliveryDeps, DeliveryMessage } from '../../lib/webhooks/ports.ts';
import { recoverDeliveries } from '../../lib/webhooks/recover-deliveries.ts';
import { replayPage } from '../../lib/webhooks/replay.ts';
import { newDelivery, storeDeliveries, wakesFor } from '../../lib/webhooks/store-deliveries.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { paymentEvent } from './events-world.ts';
import { eventsOf } from './outbox.ts';
import type { DeadMessage } from './queue.ts';
import { recoverAll } from './recovery.ts';
import { SECRETS } from './secrets.ts';
import { numberedUuids, type Settings, settings } from './settings.ts';
import { Stage, type StageOptions } from './stage.ts';

/** A call that a receiver got. `at`: virtual time, epoch milliseconds. */
export type Call = {
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly string[];
  readonly body: string;
  readonly event: CloudEvent;
  readonly at: number;
};
type Answer = { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> };

/** Real milliseconds. */
const JOIN_MS = 100;

/** An endpoint's server. */
export class Receiver {
  readonly calls: Call[] = [];
  /** Its answer from now on. */
  answer: (call: Call) => Answer = () => ({ status: 204 });
  /** How long an answer takes, in virtual time. */
  takesMs = 0;
  #sleep: Promise<void> | undefined;
  #joinedAt = 0;

  /** The calls of a worker sleep together: they are one flow of the clock. */
  async wait(sleep: (ms: number) => Promise<void>): Promise<void> {
    if (this.takesMs === 0) return;
    this.#joinedAt = performance.now();
    this.#sleep ??= this.#whenAllHaveJoined()
      .then(() => sleep(this.takesMs))
      .finally(() => {
        this.#sleep = undefined;
      });
    await this.#sleep;
  }

  async #whenAllHaveJoined(): Promise<void> {
    for (let left = JOIN_MS; left > 0; left = JOIN_MS - (performance.now() - this.#joinedAt)) await setTimeout(left);
  }

  /** The ids of the events that it accepted, one for each call. */
  get events(): string[] {
    return this.calls.map(({ event }) => event.id);
  }
}

/** Recovery finds what is due within this time. */
const FOUND_MS = 65_000;

/** Webhooks with real tables and real HTTP to receivers on this machine, a topic, workers and recovery. */
export class WebhooksWorld extends Stage<DeliveryDeps, DeliveryMessage, LogFields> {
  /** The deps of a client that never dies. */
  readonly deps: DeliveryDeps;
  readonly dynamo: DynamoDBDocumentClient = documentClient();
  readonly tables: Record<'WEBHOOKS_TABLE' | 'EVENTS_TABLE', string>;
  readonly #receivers = new Map<string, Receiver>();
  readonly #server: Server;
  readonly #queues = sqsClient(Date.now);
  readonly #client = httpEndpointClient({ allowLocal: true, now: () => this.clock.now() });
  readonly #newId = numberedUuids();
  readonly #adjust: (deps: DeliveryDeps, on: WebhooksWorld) => DeliveryDeps;
  readonly #relayed = new Set<string>();
  #keys = 0;

  private constructor(
    options: StageOptions<DeliveryDeps, WebhooksWorld>,
    tables: Record<'WEBHOOKS_TABLE' | 'EVENTS_TABLE', string>,
    server: Server,
  ) {
    super(options, (deps) => ({ newSecret: deps.newSecret }));
    this.tables = tables;
    this.#server = server;
    this.#adjust = options.adjust ?? ((deps) => deps);
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const header = (name: string) => `${request.headers[name]}`;
      const receiver = this.receiver(`${request.url}`.slice(1));
      const call = {
        ...{ id: header('webhook-id'), timestamp: header('webhook-timestamp'), body, event: JSON.parse(body) },
        ...{ signatures: header('webhook-signature').split(' '), at: this.clock.now() },
      };
      receiver.calls.push(call);
      const { status, body: text = '', headers = {} } = receiver.answer(call);
      response.writeHead(status, headers).end(text);
    });
    this.deps = this.container();
  }

  static async open(
    database: Database,
    options: StageOptions<DeliveryDeps, WebhooksWorld> = {},
  ): Promise<WebhooksWorld> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new WebhooksWorld(options, await database.newTables('WEBHOOKS_TABLE', 'EVENTS_TABLE'), server);
  }

  async end(): Promise<void> {
    await this.#client.close();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    this.dynamo.destroy();
    this.#queues.destroy();
  }

  protected container(): DeliveryDeps {
    const at = settings({ ...this.tables, WEBHOOKS_ALLOW_LOCAL: 'true' } satisfies Settings);
    const { now, sleep } = this.clock;
    const receivers = {
      post: async (call: HttpCall) => {
        await this.receiver(new URL(call.url).pathname.slice(1)).wait(sleep);
        return this.#client.post(call);
      },
      close: async () => {},
    };
    const outside = { dynamo: this.dynamo, queues: this.#queues, secrets: SECRETS, receivers };
    const built = webhookDeps(at, outside, { now, sleep, newId: this.#newId, random: this.random });
    return this.#adjust({ ...built, queue: this.queue, requestId: () => undefined, principal: () => undefined }, this);
  }

  protected work(deps: DeliveryDeps, message: DeliveryMessage): Promise<LogFields> {
    return message.kind === 'wake' ? deliver(deps, message) : replayPage(deps, message);
  }

  /** What a worker with these deps does with a message. */
  workWith(deps: DeliveryDeps, message: DeliveryMessage): Promise<LogFields> {
    return this.work(deps, message);
  }

  protected async recover(deps: DeliveryDeps): Promise<void> {
    await recoverAll(recoverDeliveries, deps);
  }

  /** Nothing reads them: recovery sends other messages. */
  protected async bury(_: DeadMessage<DeliveryMessage>): Promise<void> {}

  /** Of all receivers. */
  get calls(): Call[] {
    return [...this.#receivers.values()].flatMap(({ calls }) => calls);
  }

  receiver(name: string): Receiver {
    const known = this.#receivers.get(name) ?? new Receiver();
    this.#receivers.set(name, known);
    return known;
  }

  urlOf(name: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  /** A new endpoint whose receiver has this name. */
  async endpoint(name: string, changes: Partial<EndpointSettings> = {}): Promise<NewSecret> {
    const request = { url: this.urlOf(name), types: ['*'], description: '', enabled: true, ...changes };
    return createEndpoint(this.deps, request, this.newKey());
  }

  newKey(): IdempotencyKey {
    this.#keys += 1;
    return `key-${this.#keys}` as IdempotencyKey;
  }

  /** Stores so many events that happen now, as the domains do. */
  async happen(count: number, changes: Partial<DomainEvent> = {}): Promise<CloudEvent[]> {
    const time = new Date(this.clock.now()).toISOString();
    const events = Array.from({ length: count }, () => paymentEvent({ time, ...changes }));
    await Promise.all(events.map((event) => this.deps.publish(event)));
    return events.map(cloudEvent);
  }

  /** So many deliveries that are due, of a few events, with their messages. */
  async giveBacklog(endpoint: Endpoint, count: number): Promise<void> {
    const stored = (await this.happen(200, { type: 'payment.failed' })).map((one) =>
      newDelivery(this.deps, endpoint, one),
    );
    const deliveries = Array.from({ length: count }, (_, index) => ({
      ...(stored[index % stored.length] as Delivery),
      id: `msg_${String(index).padStart(32, '0')}` as DeliveryId,
    }));
    const { WEBHOOKS_TABLE: table } = this.tables;
    const puts = deliveries.map((each) => ({ PutRequest: { Item: deliveryItem(each) } }));
    for (const some of chunk(puts, 25)) {
      await this.dynamo.send(new BatchWriteCommand({ RequestItems: { [table]: some } }));
    }
    await this.queue.send(wakesFor(deliveries));
  }

  /** Its stored data becomes no JSON. */
  async makeUnreadable(event: CloudEvent): Promise<void> {
    await this.dynamo.send(
      new UpdateCommand({
        ...{ TableName: this.tables.EVENTS_TABLE, Key: eventKey(event), UpdateExpression: 'SET #data = :data' },
        ...{ ExpressionAttributeNames: { '#data': 'data' }, ExpressionAttributeValues: { ':data': '{' } },
      }),
    );
  }

  /** The topic delivers these events, again if the subscriber dies. */
  async publish(events: readonly CloudEvent[]): Promise<void> {
    await this.insist('topic', (deps) => storeDeliveries(deps, events));
  }

  /** Publishes the events that webhooks have made since. */
  async relay(): Promise<CloudEvent[]> {
    const fresh = (await this.events()).filter(({ id, source }) => /webhooks/.test(source) && !this.#relayed.has(id));
    for (const { id } of fresh) this.#relayed.add(id);
    const events = fresh.map(cloudEvent);
    await this.publish(events);
    return events;
  }

  /** Repeats a request until there is an answer. An AppError is an answer. */
  async insist<Result>(role: string, request: (deps: DeliveryDeps) => Promise<Result>): Promise<Result | AppError> {
    for (;;) {
      const run = await this.process(role).run(request);
      if (run.kind === 'returned') return run.value;
      if (run.kind === 'died') await this.clock.sleep(1_000);
      else if (run.error instanceof AppError) return run.error;
      else throw run.error;
    }
  }

  /** All deliveries, or the deliveries of one endpoint, in the order of their events. */
  async deliveries(id?: EndpointId): Promise<Delivery[]> {
    const items = await itemsOf(this.dynamo, this.tables.WEBHOOKS_TABLE);
    const all = items.filter(({ sk }) => sk === 'DELIVERY').map(deliveryOf);
    return all
      .filter(({ endpointId }) => id === undefined || endpointId === id)
      .sort((a, b) => (a.event.position < b.event.position ? -1 : 1));
  }

  events(): Promise<DomainEvent[]> {
    return eventsOf(this.dynamo, this.tables.EVENTS_TABLE);
  }

  /** Lets virtual time pass from one due attempt to the next, until none is due before `until`. */
  async untilDone(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const open = new Set((await this.deps.endpoints.all()).filter(({ enabled }) => enabled).map(({ id }) => id));
      const due = (await this.deliveries())
        .filter(({ status, endpointId }) => status === 'pending' && open.has(endpointId))
        .map(({ at }) => Date.parse(at));
      const next = Math.min(...due);
      if (next >= until || due.length === 0) break;
      this.clock.jump(Math.max(0, next - this.clock.now()));
      await this.clock.sleep(FOUND_MS);
    }
    if (Number.isFinite(until)) this.clock.jump(Math.max(0, until - this.clock.now()));
  }
}

/** Whether the reference library, with this secret, makes one of the signatures of a call. */
export function isSignedWith(secret: string | undefined, { id, timestamp, body, signatures }: Call): boolean {
  return signatures.includes(new Webhook(`${secret}`).sign(id, new Date(Number(timestamp) * 1_000), body));
}

/** Runs a test in a world of its own, beside workers and recovery. */
export async function inWebhooksWorld(
  database: Database,
  test: (world: WebhooksWorld) => Promise<void>,
  options: StageOptions<DeliveryDeps, WebhooksWorld> = {},
): Promise<void> {
  const world = await WebhooksWorld.open(database, options);
  return world.during(() => world.play(() => test(world)));
}
