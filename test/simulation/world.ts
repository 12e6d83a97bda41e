import { PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { type Operation, routes } from '../../functions/routes.ts';
import type { Config } from '../../lib/config.ts';
import { type Container, containerOf } from '../../lib/container.ts';
import type { Principal } from '../../lib/kernel/principal.ts';
import { dynamoEpochs } from '../../lib/rail/dynamo-epochs.ts';
import { raiseEpoch } from '../../lib/rail/epoch.ts';
import type { Database, Table } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { RAIL_SECRET } from '../support/notifications.ts';
import { signer } from '../support/seal-world.ts';
import { SECRETS } from '../support/secrets.ts';
import { settings } from '../support/settings.ts';
import { SimulatedAws } from './aws.ts';
import { type Backup, putBack } from './backup.ts';
import { SimulatedBucket } from './bucket.ts';
import { Coverage } from './coverage.ts';
import { drawFaults, type FaultName, NO_FAULTS, withoutFaults } from './faults.ts';
import { Gate } from './gate.ts';
import { History } from './history.ts';
import { type Ended, type FunctionOf, invocation, Lambda } from './lambda.ts';
import { type Failure, onFailure } from './logs.ts';
import { SimulatedMachine } from './machine.ts';
import { Queues } from './queues.ts';
import { Rails } from './rail.ts';
import { Receivers } from './receivers.ts';
import { type Chance, chanceOf, type Schedule } from './schedule.ts';
import { EventStream } from './stream.ts';
import { type Write, Writes } from './writes.ts';

const MINUTE_MS = 60_000;
/** Of all rails, in some seeds. A message is sent again more than 16 times in it. */
const OUTAGE_MS = 12 * MINUTE_MS;
const hasOutage = (seed: number) => Math.floor(seed / 9) % 4 === 3;
/** The longest that an index lags. */
const INDEX_LAG_MS = 3_000;
/** Needed by every domain: events, and the positions of recoveries. */
const SHARED_TABLES = ['EVENTS_TABLE', 'SYSTEM_TABLE'] as const;

/** Errors that are no finding after a fault: AWS failed for longer than the SDK retries. */
const EXCUSED: Readonly<Record<string, readonly string[]>> = {
  throttled: ['ThrottlingException'],
  answerLost: ['TimeoutError'],
  topicDown: ['InternalErrorException'],
  unprocessed: ['PartlyDone', 'PartlyPublished'],
};

type Handler = FunctionOf['handler'];
export type Reply = { readonly status: number; readonly body: unknown };
export type Asked = {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** By default a key that may do everything. */
  readonly by?: Principal;
};

/** The history to play: a seed's, without some faults and some actors. */
export type Plan = {
  readonly seed: number;
  readonly without?: ReadonlySet<FaultName>;
  readonly absent?: ReadonlySet<string>;
  /** Ends at the first finding, not when all is over. */
  readonly stopsAtFinding?: boolean;
};

/** One seed's service: real handlers and use cases, a real DynamoDB, and everything around them simulated. */
export class SimulatedWorld {
  readonly schedule: Schedule;
  /** Draws what the seed sets before any actor begins. */
  readonly chance: Chance;
  readonly gate: Gate;
  readonly rails: Rails;
  readonly receivers: Receivers;
  readonly settings: Config;
  readonly history: History;
  readonly lambda: Lambda;
  readonly coverage = new Coverage();
  readonly queues: Queues;
  /** The last message of each event that the topic has accepted, by the event's id. */
  readonly published = new Map<string, string>();
  readonly bucket = new SimulatedBucket();
  readonly machine: SimulatedMachine;
  /** All actors of the seed, with those that the plan leaves out. */
  readonly actors: string[] = [];
  readonly #plan: Plan;
  readonly #names: Partial<Record<Table, string>>;
  readonly #aws: SimulatedAws;
  readonly #stream: EventStream;
  readonly #writes = new Writes();
  readonly #madeAt = new Map<string, number>();
  readonly #listeners: ((write: Write) => void)[] = [];
  readonly #steps = new Map<string, FunctionOf>();
  /** How far clocks of containers may differ from virtual time; less than the code allows for. */
  readonly #skewMs: number;
  /** What {@link items} has read since the last write. */
  readonly #itemsNow = new Map<Table, readonly Record<string, unknown>[]>();
  #ids = 0;

  private constructor(plan: Plan, schedule: Schedule, names: Partial<Record<Table, string>>) {
    this.#plan = plan;
    this.#names = names;
    this.schedule = schedule;
    this.chance = chanceOf(plan.seed);
    const history = new History(
      () => schedule.now,
      () => invocation()?.name ?? '-',
    );
    this.history = history;
    const faults = withoutFaults(drawFaults(this.chance), plan.without ?? new Set());
    this.gate = new Gate(schedule, chanceOf(plan.seed ^ 0x5eed), faults, history.note);
    this.#skewMs = this.gate.chance.oneOf([0, 100, 450]);
    this.rails = new Rails(schedule, this.gate, history);
    if (hasOutage(plan.seed)) schedule.after(MINUTE_MS, () => this.#failRails());
    this.receivers = new Receivers(schedule, this.gate, history);
    this.settings = settings({
      WEBHOOKS_TABLE: 'webhooks',
      ...names,
      CHUNKS_QUEUE: 'chunks',
      WITHDRAWALS_QUEUE: 'withdrawals',
      DELIVERIES_QUEUE: 'deliveries',
      IMPORTS_QUEUE: 'imports',
      EVENTS_TOPIC: 'topic',
      FILES_BUCKET: 'files',
      AUDIT_BUCKET: 'audit',
      SETTLEMENT_MACHINE: 'arn:aws:states:us-east-1:000000000000:stateMachine:settlement',
      PAYOUT_CHUNK_SIZE: 3,
      RAIL_NOTIFICATION_SECRETS: RAIL_SECRET,
      PAYOUT_MAX_ATTEMPTS: this.chance.oneOf([1, 2, 3, 8]),
      IMPORT_WINDOW_ROWS: 4,
      GATEWAY_BUDGET_MS: 1_000 * this.chance.oneOf([6, 9, 12]),
      GATEWAY_DEADLINE_MS: 3_000,
      WITHDRAWAL_ASSETS: JSON.stringify({
        ETH: { decimals: 18, networks: { ethereum: { confirmations: 3 } }, min: '1', max: '1000000' },
      }),
    });
    this.lambda = new Lambda(schedule, () => this.#newContainer());
    this.queues = new Queues(this);
    this.#stream = new EventStream(this.settings.EVENTS_TABLE, this);
    this.machine = new SimulatedMachine(
      this.chance.between(1, 4),
      (name, input) => this.#step(name, input),
      history.note,
    );
    const services = {
      queues: this.queues.all,
      bucket: this.bucket,
      machine: this.machine,
      publish: (message: string) => {
        this.published.set((JSON.parse(message) as { id: string }).id, message);
        this.queues.publish(message);
      },
    };
    this.#aws = new SimulatedAws(this.gate, services, {
      onWrite: (input) => {
        this.#itemsNow.clear();
        for (const write of this.#writes.of(input)) this.#follow(write);
        this.#stream.follow(input);
      },
      isNew: (pk, sk) => schedule.now < (this.#madeAt.get(`${pk} ${sk}`) ?? 0) + INDEX_LAG_MS,
    });
    onFailure((failure) => this.#judgeFailure(failure));
  }

  /** @param tables of the domain */
  static async open(
    database: Database,
    plan: Plan,
    schedule: Schedule,
    tables: readonly Table[],
  ): Promise<SimulatedWorld> {
    const names = await database.newTables(...tables, ...SHARED_TABLES);
    return new SimulatedWorld(plan, schedule, names);
  }

  #failRails(): void {
    this.rails.downUntil = this.schedule.now + OUTAGE_MS;
    this.note('the rails are down');
  }

  close(): void {
    this.#aws.close();
    this.rails.ledger.close();
  }

  calm(): void {
    this.note('faults end');
    this.gate.faults = NO_FAULTS;
  }

  readonly note = (line: string): void => this.history.note(line);
  readonly find = (what: string): void => this.history.find(what);

  /** Whether the plan has this actor. */
  admits(actor: string): boolean {
    this.actors.push(actor);
    return !this.#plan.absent?.has(actor);
  }

  /** The chance of one actor. */
  chanceOf(name: string): Chance {
    let mixed = this.#plan.seed;
    for (const letter of name) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193);
    return chanceOf(mixed);
  }

  /** Calls `listen` with each write, right after its effect. */
  onWrite(listen: (write: Write) => void): void {
    this.#listeners.push(listen);
  }

  #follow(write: Write): void {
    const illegal = this.coverage.note(write, invocation()?.faults.at(-1) ?? 'none');
    if (illegal !== undefined) this.find(illegal);
    const place = `${write.pk} ${write.sk}`;
    if (!this.#madeAt.has(place)) this.#madeAt.set(place, this.schedule.now);
    for (const listen of this.#listeners) listen(write);
  }

  newId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  /** A failure is a finding, unless it is of the registry or AWS has caused it. */
  #judgeFailure(failure: Failure): void {
    const one = invocation();
    if (one?.isDead || isExcused(failure, one?.faults ?? [])) return;
    const { name, message, stack } = failure;
    this.find(`${one?.name} failed: ${name}: ${message} ${stack?.split('\n')[1]?.trim() ?? ''}`);
  }

  #newContainer(): Container {
    const skew = this.gate.chance.oneOf([-this.#skewMs, 0, this.#skewMs]);
    const rail = (...given: Parameters<Rails['rail']>) => this.rails.rail(...given);
    const world = {
      ...this.#aws.clients(),
      settings: () => this.settings,
      signer: () => signer,
      secrets: () => SECRETS,
      bank: () => rail('transfers', this.settings.BANK_DEADLINE_MS),
      gateway: () => rail('charges', this.settings.GATEWAY_DEADLINE_MS),
      chain: () => rail('broadcasts', this.settings.CHAIN_DEADLINE_MS),
      receivers: () => this.receivers.client(),
    };
    return containerOf(world, {
      now: () => this.schedule.now + skew,
      sleep: (ms) => this.gate.sleep(ms),
      newId: () => this.newId(),
      random: () => this.gate.chance.next(),
    });
  }

  relayWith(handler: Handler): void {
    this.#stream.readBy({ name: 'relayEvents', handler, timeoutMs: MINUTE_MS });
  }

  /** Adds a function that is a step of the state machine. */
  stepBy(step: FunctionOf): void {
    this.#steps.set(step.name, step);
  }

  async #step(name: string, input: unknown): Promise<Ended> {
    const step = this.#steps.get(name);
    if (!step) throw new Error(`no step ${name}`);
    return this.lambda.invoke(step, input);
  }

  /** Adds a scheduled rule that runs each minute, but not if `isIdle` knows that it would find nothing. */
  everyMinute(name: string, handler: Handler, isIdle = () => false): void {
    const tick = () => {
      if (!isIdle()) void this.lambda.invoke({ name, handler, timeoutMs: 50_000 }, {});
      this.schedule.after(MINUTE_MS, tick);
    };
    this.schedule.after(this.chance.between(1, MINUTE_MS), tick);
  }

  /** Sends a request through API Gateway. @returns undefined if the function did not answer */
  async request(name: Operation, asked: Asked): Promise<Reply | undefined> {
    const { method, path, handler } = routes[name];
    const event = {
      httpMethod: method,
      resource: path,
      headers: asked.headers ?? {},
      pathParameters: asked.path ?? {},
      queryStringParameters: asked.query ?? null,
      requestContext: {
        requestId: `request-${this.#ids}`,
        authorizer: { principal: JSON.stringify(asked.by ?? aPrincipal()) },
      },
      body: asked.body === undefined ? null : JSON.stringify(asked.body),
      isBase64Encoded: false,
    };
    const ended = await this.lambda.invoke({ name, handler, timeoutMs: 28_000 }, event);
    if (ended.kind === 'threw') this.find(`${name} threw ${ended.error}`);
    if (ended.kind !== 'returned') return undefined;
    const { statusCode, body, headers } = ended.value as APIGatewayProxyResult;
    const isText = `${headers?.['content-type']}`.startsWith('text/');
    return { status: statusCode, body: body === '' ? undefined : isText ? body : JSON.parse(body) };
  }

  /** A client uploads a file. S3 may fail to notify. @returns whether it notified */
  upload(key: string, content: string): boolean {
    this.bucket.put(key, content);
    if (this.gate.strikes('gap')) return false;
    this.queues.send('imports', JSON.stringify({ Records: [{ s3: { object: { key } } }] }));
    return true;
  }

  /** Stores an item as an operator of an earlier time did. It takes no virtual time. */
  put(table: Table, Item: Record<string, unknown>): Promise<void> {
    return this.schedule.standStill(async () => {
      await this.#aws.database.send(new PutCommand({ TableName: this.#names[table], Item }));
      this.#itemsNow.delete(table);
    });
  }

  /** All items of a table, for the judges: reading them takes no virtual time. */
  async items(table: Table): Promise<readonly Record<string, unknown>[]> {
    const TableName = this.#names[table];
    if (TableName === undefined) return [];
    return this.#itemsNow.get(table) ?? this.schedule.standStill(() => this.#read(table, TableName));
  }

  /** All items of all tables, as a restore to this moment has them. It takes no virtual time. */
  async backUp(): Promise<Backup> {
    const tables = Object.entries(this.#names) as [Table, string][];
    const all = new Map<string, readonly Record<string, unknown>[]>();
    for (const [table, name] of tables) all.set(name, await this.items(table));
    return all;
  }

  /**
   * Makes the tables what they were, and raises the epoch as an operator does. No function may run. Rails,
   * queues and the topic keep what they have.
   */
  async restore(backup: Backup, epoch: { readonly days: number }): Promise<void> {
    const now = await this.backUp();
    await this.schedule.standStill(async () => {
      await putBack(this.#aws.database, backup, now);
      const { SYSTEM_TABLE: system, EVENTS_TABLE: events } = this.settings;
      const deps = { now: () => this.schedule.now, requestId: () => undefined, principal: () => undefined };
      const epochs = dynamoEpochs(this.#aws.database, { system, events });
      await raiseEpoch({ ...deps, epochs }, { ...epoch, person: 'operator', reason: 'restored' });
    });
    this.#itemsNow.clear();
    this.#stream.clear();
    this.coverage.forget();
  }

  async #read(table: Table, TableName: string): Promise<readonly Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    const pages = paginateScan({ client: this.#aws.database }, { TableName, ConsistentRead: true });
    for await (const { Items = [] } of pages) items.push(...Items);
    this.#itemsNow.set(table, items);
    return items;
  }
}

function isExcused({ name, cause, errors = [] }: Failure, faults: readonly string[]): boolean {
  if (name === 'AppError' || faults.some((fault) => EXCUSED[fault]?.includes(name))) return true;
  const inner = cause ? [cause] : errors;
  return inner.length > 0 && inner.every((each) => isExcused(each, faults));
}
