import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyResult, DynamoDBRecord, SQSBatchResponse } from 'aws-lambda';
import { documentClient } from '../../lib/aws/clients.ts';
import type { Config } from '../../lib/config.ts';
import { type Container, containerOf } from '../../lib/container.ts';
import { ERRORS } from '../../lib/kernel/errors.ts';
import { settings } from '../support/settings.ts';
import type { Database } from '../support/world.ts';
import { between, cancelled } from '../support/world-faults.ts';
import { Coverage } from './coverage.ts';
import { drawFaults, type FaultName, type Faults, NO_FAULTS, withoutFaults } from './faults.ts';
import { type FunctionOf, invocation, Lambda } from './lambda.ts';
import { SimulatedQueue } from './queue.ts';
import { Rails } from './rail.ts';
import { type Chance, chanceOf, type Schedule } from './schedule.ts';

const MINUTE_MS = 60_000;
const VISIBILITY_MS = 180_000;
const TABLES = {
  PAYOUTS_TABLE: 'PayoutsTable',
  ORDERS_TABLE: 'OrdersTable',
  WALLETS_TABLE: 'WalletsTable',
  WITHDRAWALS_TABLE: 'WithdrawalsTable',
  OUTBOX_TABLE: 'OutboxTable',
  METRICS_TABLE: 'MetricsTable',
  AUDIT_TABLE: 'AuditTable',
} as const;

type Handler = FunctionOf['handler'];
export type Reply = { readonly status: number; readonly body: unknown };

/** A finding: what must never be, was. */
export class Finding extends Error {}

/** One seed's service: real handlers and use cases, a real DynamoDB, and everything around them simulated. */
export class SimulatedWorld {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly rails: Rails;
  readonly settings: Config;
  readonly history: string[] = [];
  #findings: string[] = [];
  readonly faultsSeen = new Map<string, number>();
  readonly lambda: Lambda;
  readonly coverage = new Coverage();
  readonly drawn: Faults;
  readonly queues = new Map<string, SimulatedQueue>();
  effects = 0;
  /** Of what is slow. Beyond the length of a lease in some seeds. */
  readonly #slowestMs: number;
  /** How far the clocks of containers may be from the truth: less than the code allows for. */
  readonly #skewMs: number;
  #faults: Faults;
  readonly #judge = documentClient();
  readonly #clients: DynamoDBDocumentClient[] = [];
  readonly #faultChance: Chance;
  #ids = 0;
  #stream: DynamoDBRecord[] = [];
  #relay: FunctionOf | undefined;
  #isRelaying = false;

  private constructor(
    { seed, without }: { seed: number; without: ReadonlySet<FaultName> },
    schedule: Schedule,
    names: Record<string, string>,
  ) {
    this.schedule = schedule;
    this.chance = chanceOf(seed);
    // Of its own, so that what a fault draws does not change what the clients do.
    this.#faultChance = chanceOf(seed ^ 0x5eed);
    this.drawn = withoutFaults(drawFaults(this.chance), without);
    this.#faults = this.drawn;
    this.#slowestMs = this.chance.oneOf([500, 3_000, 12_000]);
    this.#skewMs = this.chance.oneOf([0, 100, 450]);
    this.rails = new Rails(schedule, this.#faultChance, (fault) => this.strikes(fault), {
      note: (line) => this.note(line),
      find: (what) => this.find(what),
    });
    this.settings = settings({
      ...names,
      CHUNKS_QUEUE: 'chunks',
      WITHDRAWALS_QUEUE: 'withdrawals',
      EVENTS_TOPIC: 'topic',
      CHUNK_SIZE: 3,
      WITHDRAWAL_ASSETS: JSON.stringify({
        ETH: { decimals: 18, networks: { ethereum: { confirmations: 3 } }, min: '1', max: '1000000' },
      }),
    });
    this.lambda = new Lambda(schedule, () => this.#newContainer());
    for (const name of ['chunks', 'withdrawals', 'metrics', 'audit']) this.#newQueue(name);
  }

  static async open(
    database: Database,
    drawn: { seed: number; without: ReadonlySet<FaultName> },
    schedule: Schedule,
  ): Promise<SimulatedWorld> {
    const names: Record<string, string> = {};
    for (const [setting, table] of Object.entries(TABLES)) names[setting] = await database.newTable(table);
    return new SimulatedWorld(drawn, schedule, names);
  }

  close(): void {
    for (const client of [this.#judge, ...this.#clients]) client.destroy();
    this.rails.ledger.close();
  }

  calm(): void {
    this.note('faults end');
    this.#faults = NO_FAULTS;
  }

  note(line: string): void {
    this.history.push(`${this.schedule.now} ${invocation()?.name ?? '-'} ${line}`);
  }

  find(what: string): void {
    this.note(`FINDING ${what}`);
    this.#findings.push(what);
  }

  get findings(): readonly string[] {
    return this.#findings;
  }

  /** What a look finds, without holding it against anybody yet. */
  async looked(look: () => Promise<void>): Promise<readonly string[]> {
    const [findings, lines] = [this.#findings, this.history.length];
    this.#findings = [];
    try {
      await look();
      return this.#findings;
    } finally {
      this.#findings = findings;
      this.history.length = lines;
    }
  }

  /** Whether it goes wrong this time. */
  strikes(fault: FaultName): boolean {
    const isStruck = this.#faultChance.isTrue(this.#faults[fault]);
    if (!isStruck) return false;
    this.faultsSeen.set(fault, (this.faultsSeen.get(fault) ?? 0) + 1);
    const one = invocation();
    if (one) one.fault = fault;
    return true;
  }

  newId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  /** Of AWS: each request passes here, waits, goes wrong or has its effect, and is answered. */
  effect<Answer>(what: string, run: () => Promise<Answer>, refuse?: () => Error | undefined): Promise<Answer> {
    const caller = invocation();
    this.effects += 1;
    const dies =
      caller !== undefined && this.strikes('death') ? (this.#faultChance.isTrue(0.5) ? 'before' : 'after') : '';
    const isSlow = this.strikes('slow');
    const delay = () => this.#faultChance.between(0, isSlow ? this.#slowestMs : 12);
    return new Promise((resolve, reject) => {
      this.schedule.after(delay(), async () => {
        // What a dead process had on the wire may still arrive.
        if (caller?.isDead && this.#faultChance.isTrue(0.5)) return;
        if (dies === 'before') return this.#die(what, dies);
        const refusal = refuse?.();
        const settle = refusal
          ? () => reject(refusal)
          : await run().then(
              (answer) => () => resolve(answer),
              (error: unknown) => () => reject(error),
            );
        this.note(`${what}${refusal ? ` refused: ${refusal.name}` : ''}`);
        if (dies === 'after') return this.#die(what, dies);
        const isLost = !refusal && this.strikes('answerLost');
        this.schedule.after(delay(), () => {
          if (caller?.isDead) return;
          if (isLost) reject(lostAnswer());
          else settle();
        });
      });
    });
  }

  #die(what: string, when: string): void {
    this.note(`dies ${when} ${what}`);
    invocation()?.die();
  }

  #newContainer(): Container {
    const dynamo = between(documentClient(), (command, pass, input) => this.#request(command, pass, input));
    this.#clients.push(dynamo);
    const skew = this.#faultChance.between(-this.#skewMs, this.#skewMs);
    return containerOf({
      settings: () => this.settings,
      dynamo: () => dynamo,
      queues: () => this.#sqs(),
      topics: () => this.#sns(),
      objects: () => ({}) as S3Client,
      machines: () => ({}) as SFNClient,
      bank: () => this.rails.rail('transfers', this.settings.BANK_DEADLINE_MS),
      gateway: () => this.rails.rail('charges', this.settings.GATEWAY_DEADLINE_MS),
      chain: () => this.rails.rail('broadcasts', this.settings.CHAIN_DEADLINE_MS),
      own: {
        now: () => this.schedule.now + skew,
        sleep: (ms) => this.schedule.sleep(ms),
        newId: () => this.newId(),
        random: () => this.#faultChance.next(),
      },
    });
  }

  async #request(command: string, pass: () => Promise<unknown>, input: unknown): Promise<unknown> {
    const refuse = () => {
      if (this.strikes('throttled')) return throttled();
      if (command !== 'TransactWriteItemsCommand' || !this.strikes('conflict')) return undefined;
      const { TransactItems } = input as { TransactItems: unknown[] };
      return cancelled(...TransactItems.map((_, index) => (index === 0 ? 'TransactionConflict' : 'None')));
    };
    return this.effect(
      command,
      async () => {
        const answer = await pass();
        this.coverage.note(input, invocation()?.fault ?? 'none');
        this.#follow(input);
        return answer;
      },
      refuse,
    );
  }

  /** The stream of the outbox: its new items, in the order in which they were written. */
  #follow(input: unknown): void {
    const { TransactItems = [] } = input as {
      TransactItems?: { Put?: { TableName: string; Item: Record<string, unknown> } }[];
    };
    for (const { Put } of TransactItems) {
      if (Put?.TableName !== this.settings.OUTBOX_TABLE || this.strikes('gap')) continue;
      const SequenceNumber = String(this.history.length).padStart(12, '0');
      const NewImage = isMarshalled(Put.Item) ? Put.Item : marshall(Put.Item, { removeUndefinedValues: true });
      this.#stream.push({ eventName: 'INSERT', dynamodb: { NewImage, SequenceNumber } } as DynamoDBRecord);
    }
    this.#relayNext();
  }

  relayWith(handler: Handler): void {
    this.#relay = { name: 'relayEvents', handler, timeoutMs: MINUTE_MS };
  }

  #relayNext(): void {
    if (this.#isRelaying || !this.#relay || this.#stream.length === 0) return;
    this.#isRelaying = true;
    const relay = this.#relay;
    this.schedule.after(100, async () => {
      const Records = this.#stream.splice(0, this.chance.between(1, 10));
      void this.lambda.invoke(relay, { Records }).then((ended) => {
        this.#isRelaying = false;
        const failed = ended.kind !== 'returned' || (ended.value as SQSBatchResponse).batchItemFailures.length > 0;
        if (failed && this.#faultChance.isTrue(0.8)) this.#stream.unshift(...Records); // else given up: the sweeper's
        if (this.strikes('replay')) this.#stream.unshift(...Records);
        this.#relayNext();
      });
    });
  }

  #newQueue(name: string): void {
    const pick = <Message>(messages: Message[]) =>
      this.#faultChance.isTrue(0.5) ? messages : messages.toSorted(() => this.#faultChance.next() - 0.5);
    const queue = new SimulatedQueue(name, this.schedule, VISIBILITY_MS, pick);
    queue.deadLetters = new SimulatedQueue(`${name}-dlq`, this.schedule, VISIBILITY_MS, pick);
    this.queues.set(name, queue);
    this.queues.set(`${name}-dlq`, queue.deadLetters);
  }

  consume(
    name: string,
    handler: Handler,
    { batchSize = 10, atOnce = 3, timeoutMs = 30_000, ofDead = false } = {},
  ): void {
    const queue = this.queues.get(ofDead ? `${name}-dlq` : name);
    const fn = { name: `${name}${ofDead ? '-dlq' : ''}`, handler, timeoutMs };
    queue?.consume(
      {
        batchSize,
        atOnce,
        invoke: async (Records) => {
          const ended = await this.lambda.invoke(fn, { Records });
          if (ended.kind === 'threw') this.note(`${fn.name} threw ${ended.error}`);
          return ended.kind === 'returned' ? (ended.value as SQSBatchResponse) : undefined;
        },
      },
      {
        isLost: () => this.strikes('lostPoll'),
        isDuplicated: () => this.strikes('duplicate'),
        lapses: () => this.strikes('lapse'),
      },
    );
  }

  /** A scheduled rule, each minute. */
  everyMinute(name: string, handler: Handler): void {
    const tick = () => {
      void this.lambda.invoke({ name, handler, timeoutMs: 50_000 }, {}).then((ended) => {
        if (ended.kind === 'threw') this.note(`${name} threw ${ended.error}`);
      });
      this.schedule.after(MINUTE_MS, tick);
    };
    this.schedule.after(this.chance.between(1, MINUTE_MS), tick);
  }

  /** API Gateway. @returns undefined if there was no answer, or one of the gateway's own */
  async request(
    name: string,
    handler: Handler,
    asked: {
      path?: Record<string, string>;
      query?: Record<string, string>;
      body?: unknown;
      headers?: Record<string, string>;
    },
  ): Promise<Reply | undefined> {
    const event = {
      httpMethod: 'POST',
      resource: name,
      headers: asked.headers ?? {},
      pathParameters: asked.path ?? {},
      queryStringParameters: asked.query ?? null,
      requestContext: { requestId: `request-${this.#ids}` },
      body: asked.body === undefined ? null : JSON.stringify(asked.body),
      isBase64Encoded: false,
    };
    const ended = await this.lambda.invoke({ name, handler, timeoutMs: 28_000 }, event);
    if (ended.kind === 'threw') this.find(`${name} threw ${ended.error}`);
    if (ended.kind !== 'returned') return undefined;
    const { statusCode, body } = ended.value as APIGatewayProxyResult;
    const parsed = body === '' ? undefined : JSON.parse(body);
    this.#check(name, statusCode, parsed);
    return { status: statusCode, body: parsed };
  }

  /** Every error that a client sees is one of the registry's, and none is one that nobody has foreseen. */
  #check(name: string, status: number, body: unknown): void {
    if (status < 400) return;
    const code = (body as { error?: { code?: string } })?.error?.code ?? '';
    if (!(code in ERRORS)) this.find(`${name} answered ${status} without a code of the registry`);
    if (code === 'VALIDATION_ERROR') this.find(`${name} was asked for nonsense: ${JSON.stringify(body)}`);
    if (code === 'INTERNAL' && !this.#isExcused()) this.find(`${name} answered INTERNAL`);
  }

  /** What AWS itself refuses for longer than the SDK tries is INTERNAL, and rightly so. */
  #isExcused(): boolean {
    return this.#faults.throttled > 0 || this.#faults.answerLost > 0;
  }

  #sqs(): SQSClient {
    const send = (command: { constructor: { name: string }; input: Record<string, unknown> }) =>
      this.effect(
        command.constructor.name,
        async () => this.#answerSqs(command.constructor.name, command.input),
        () => (this.strikes('throttled') ? throttled() : undefined),
      );
    return { send } as unknown as SQSClient;
  }

  #answerSqs(command: string, input: Record<string, unknown>): unknown {
    if (command === 'GetQueueUrlCommand') return { QueueUrl: input.QueueName };
    const queue = this.queues.get(String(input.QueueUrl));
    if (!queue) throw new Finding(`there is no queue ${input.QueueUrl}`);
    if (command === 'GetQueueAttributesCommand') {
      const { visible, delayed, inFlight } = queue.depth;
      const Attributes = {
        ApproximateNumberOfMessages: `${visible}`,
        ApproximateNumberOfMessagesDelayed: `${delayed}`,
        ApproximateNumberOfMessagesNotVisible: `${inFlight}`,
      };
      return { Attributes };
    }
    type Entry = { Id: string; MessageBody: string; DelaySeconds?: number; MessageAttributes?: never };
    for (const { MessageBody, DelaySeconds = 0, MessageAttributes } of input.Entries as Entry[]) {
      queue.send(MessageBody, DelaySeconds, MessageAttributes ?? {});
    }
    return { Successful: [] };
  }

  #sns(): SNSClient {
    const send = (command: { input: { PublishBatchRequestEntries: { Message: string }[] } }) =>
      this.effect(
        'PublishBatchCommand',
        async () => {
          for (const { Message } of command.input.PublishBatchRequestEntries) this.#publish(Message);
          return { Failed: [] };
        },
        () =>
          this.strikes('topicDown') ? Object.assign(new Error('the topic is down'), { name: 'NotFound' }) : undefined,
      );
    return { send } as unknown as SNSClient;
  }

  /** To the queues whose filters in resources/events.yml it fits. */
  #publish(message: string): void {
    const { type } = JSON.parse(message) as { type: string };
    if (/^(payment|withdrawal)\./.test(type)) this.queues.get('metrics')?.send(message);
    if (/^(payment|refund|withdrawal)\./.test(type)) this.queues.get('audit')?.send(message);
  }

  /** All items of a table, as they are. Nobody's business but the judge's: it takes no virtual time. */
  async items(table: keyof typeof TABLES): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    const pages = paginateScan({ client: this.#judge }, { TableName: this.settings[table], ConsistentRead: true });
    for await (const { Items = [] } of pages) items.push(...Items);
    return items;
  }
}

const isMarshalled = (item: Record<string, unknown>) =>
  typeof item.pk === 'object' && item.pk !== null && 'S' in item.pk;

function throttled(): Error {
  return Object.assign(new Error('slow down'), {
    name: 'ThrottlingException',
    $fault: 'client',
    $retryable: { throttling: true },
    $metadata: {},
  });
}

function lostAnswer(): Error {
  return Object.assign(new Error('the connection broke'), { name: 'TimeoutError', $metadata: {} });
}
