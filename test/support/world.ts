import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { documentClient, sqsClient } from '../../lib/aws/clients.ts';
import type { Config } from '../../lib/config.ts';
import { httpBank, payoutDeps } from '../../lib/container.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { type ChunkResult, payChunk } from '../../lib/payouts/pay-chunk.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { recoverBatches } from '../../lib/payouts/recover-batches.ts';
import { type RunningBank, startBank } from '../../localstack/bank/server.ts';
import { findDynamo, startDynamo } from '../../localstack/embedded/dynoxide.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { DynamoDBClient, provisionTable } from '../../localstack/embedded/provision/tables.ts';
import { announced } from './announced.ts';
import { CrashPlan, type Moment, Process, type Run } from './crash.ts';
import { paying } from './payout-process.ts';
import { settings } from './settings.ts';
import { seededRandom, VirtualClock } from './world-clock.ts';
import { type Delivery, VirtualQueue } from './world-queue.ts';

const RECOVERY_INTERVAL_MS = 60_000;
/** How often an idle worker looks for a message. */
const POLL_MS = 500;
/** How often a test looks whether what it waits for has come true. */
const LOOK_MS = 20_000;

/** A real DynamoDB for one test file; each world has tables of its own in it, as resources/ describes them. */
export type Database = { newTable(logicalId?: string): Promise<string>; stop(): Promise<void> };

export async function startDatabase(): Promise<Database> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-world-'));
  const dynamo = await startDynamo(findDynamo(), join(directory, 'dynamodb.db'), await freePort());
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.origin,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const client = new DynamoDBClient();
  const resources = await resourcesOf(
    'payouts',
    'orders',
    'settlement',
    'transactions',
    'wallets',
    'events',
    'wallets',
    'system',
  );
  let tables = 0;
  return {
    async newTable(logicalId = 'PayoutsTable') {
      tables += 1;
      const name = `${logicalId}-${tables}`;
      await provisionTable(client, name, resources[logicalId]?.Properties ?? {});
      return name;
    },
    async stop() {
      client.destroy();
      await dynamo.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

type Resources = Record<string, { Properties: Record<string, unknown> }>;

async function resourcesOf(...names: string[]): Promise<Resources> {
  const files = names.map(async (name) => {
    const file = join(import.meta.dirname, `../../resources/${name}.yml`);
    return (parse(await readFile(file, 'utf8')) as { Resources: Resources }).Resources;
  });
  return Object.assign({}, ...(await Promise.all(files)));
}

export type WorldOptions = {
  /** Settings of the service, as its environment would give them. */
  readonly settings?: Partial<Record<keyof Config, string | number>>;
  readonly seed?: number;
  readonly workers?: number;
  readonly plans?: readonly CrashPlan[];
  /** Changes what processes are built of, say a bank whose calls come late. */
  readonly adjust?: (deps: PayoutDeps, world: World) => PayoutDeps;
};

/**
 * Everything around the use cases, small enough for a test: a table of its own, a bank of its own, a queue, workers and
 * the recovery of every minute, on a clock that moves only when all of them wait.
 */
export class World {
  readonly clock = new VirtualClock();
  readonly queue = new VirtualQueue(this.clock.now);
  /** What workers said of the messages that they handled. */
  readonly results: ChunkResult[] = [];
  readonly recovered: { readonly at: number; readonly dispatched: number }[] = [];
  /** Sees what a client would see, and never dies. */
  readonly deps: PayoutDeps;
  /** Run before each await of each process, with what it waits for. */
  readonly observers: ((what: string) => Promise<void>)[] = [];
  /** Off for tests that hand out messages themselves, or that ask what happens without recovery. */
  hasWorkers = true;
  hasRecovery = true;

  readonly #options: WorldOptions;
  readonly #bank: RunningBank;
  readonly #settings: Config;
  readonly #dynamo = documentClient();
  readonly #queues = sqsClient();
  readonly #random: () => number;
  #ids = 0;
  #isPlaying = false;
  #failures: unknown[] = [];

  private constructor(options: WorldOptions, bank: RunningBank, table: string, outbox: string) {
    this.#options = options;
    this.#bank = bank;
    this.#random = seededRandom(options.seed ?? 1);
    this.#settings = settings({
      PAYOUTS_TABLE: table,
      OUTBOX_TABLE: outbox,
      BANK_URL: bank.url,
      BANK_DEADLINE_MS: 4_000,
      CHUNK_SIZE: 3,
      ...options.settings,
    });
    this.deps = this.#container();
  }

  static async create(database: Database, options: WorldOptions = {}): Promise<World> {
    const [bank, table, outbox] = await Promise.all([
      startBank({ port: 0, ledgerFile: ':memory:' }),
      database.newTable(),
      database.newTable('OutboxTable'),
    ]);
    return new World(options, bank, table, outbox);
  }

  /** A world for the time of `use`. */
  static async during<Result>(
    database: Database,
    options: WorldOptions,
    use: (world: World) => Promise<Result>,
  ): Promise<Result> {
    const world = await World.create(database, options);
    try {
      return await use(world);
    } finally {
      await world.end();
    }
  }

  async end(): Promise<void> {
    this.#dynamo.destroy();
    this.#queues.destroy();
    await this.#bank.stop();
  }

  /** A new process, as of a container that AWS starts: nothing in memory that another one has. */
  process(role: string): Process<PayoutDeps> {
    const beforeAwait = (what: string) => this.#observe(what);
    return new Process(this.#container(), role, this.#options.plans ?? [], { beforeAwait, special: paying });
  }

  /** Runs something in a process that dies there, as part of what was before a test. */
  async dieAt<Result>(moment: Moment, what: string, work: (deps: PayoutDeps) => Promise<Result>): Promise<void> {
    await this.#observe('the story of a death');
    const plan = new CrashPlan(`doomed: ${what}`, moment);
    plan.arm();
    const run = await new Process(this.#container(), 'doomed', [plan], { special: paying }).run(work);
    if (run.kind !== 'died') throw new Error(`nothing died ${moment} "${what}": ${plan.awaits.join(', ')}`);
  }

  async #observe(what: string): Promise<void> {
    for (const observe of this.observers) await observe(what);
  }

  /** Runs the test's own flow, with workers and recovery beside it; throws what any of them threw. */
  async play<Result>(flow: () => Promise<Result>): Promise<Result> {
    this.#isPlaying = true;
    const workers = Array.from({ length: this.#options.workers ?? 1 }, () => this.clock.act(() => this.#work()));
    const others = [...workers, this.clock.act(() => this.#recover())];
    try {
      return await this.clock.act(flow);
    } finally {
      this.#isPlaying = false;
      await Promise.all(others);
      this.#throwFailures();
    }
  }

  #throwFailures(): void {
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, `${this.#failures[0]}`);
  }

  /** Lets virtual time pass until `holds`. @throws Error with `describe` when that takes longer than `patienceMs` */
  async until(holds: () => Promise<boolean>, patienceMs: number, describe: () => Promise<string>): Promise<void> {
    for (const deadline = this.clock.now() + patienceMs; !(await holds()); await this.clock.sleep(LOOK_MS)) {
      if (this.clock.now() < deadline) continue;
      throw new Error(`not after ${patienceMs / 1_000} virtual seconds: ${await describe()}`);
    }
  }

  /** What recovery does each minute, now. */
  async recoverNow(): Promise<void> {
    const run = await this.process('recovery').run(recoverBatches);
    if (run.kind === 'threw') this.#failures.push(run.error);
    if (run.kind !== 'returned') return;
    for (const { dispatched } of run.value) this.recovered.push({ at: this.clock.now(), dispatched });
  }

  /** A worker's invocation; like Lambda it deletes the message only when it was handled. */
  async handle(delivery: Delivery, worker = this.process('worker')): Promise<Run<ChunkResult>> {
    const run = await worker.run((deps) => payChunk(deps, delivery.message));
    if (run.kind === 'returned') {
      delivery.delete();
      this.results.push(run.value);
    }
    return run;
  }

  async setBank(behaviour: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.#bank.url}/mode`, { method: 'PUT', body: JSON.stringify(behaviour) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** The judge: what really moved, by instruction. */
  async ledger(id: BatchId): Promise<Map<string, { moves: number; arrivals: number; references: string[] }>> {
    const found = new Map<string, { moves: number; arrivals: number; references: string[] }>();
    for (let after: string | null = ''; after !== null; ) {
      const query = new URLSearchParams({ prefix: `${id}.`, after, limit: '5000' });
      const page = (await (await fetch(`${this.#bank.url}/audit/instructions?${query}`)).json()) as {
        instructions: { instruction: string; moves: number; attempts: number; references: string[] }[];
        next: string | null;
      };
      for (const { instruction, moves, attempts, references } of page.instructions) {
        found.set(instruction, { moves, arrivals: attempts, references });
      }
      after = page.next;
    }
    return found;
  }

  /** All that others will learn of. */
  events(): Promise<DomainEvent[]> {
    return announced(this.#dynamo, this.#settings.OUTBOX_TABLE);
  }

  async arrivals(): Promise<number> {
    return ((await (await fetch(`${this.#bank.url}/audit`)).json()) as { arrivals: number }).arrivals;
  }

  #container(): PayoutDeps {
    const built = payoutDeps(this.#settings, {
      dynamo: this.#dynamo,
      queues: this.#queues,
      bank: httpBank(this.#settings),
    });
    const deps: PayoutDeps = {
      ...built,
      queue: this.queue,
      now: this.clock.now,
      sleep: this.clock.sleep,
      newId: () => `id-${++this.#ids}`,
      random: this.#random,
    };
    return this.#options.adjust?.(deps, this) ?? deps;
  }

  async #work(): Promise<void> {
    let container = this.process('worker');
    while (this.#isPlaying) {
      const delivery = this.hasWorkers ? this.queue.receive() : undefined;
      await this.recordDeadLetters();
      if (!delivery) await this.clock.sleep(POLL_MS);
      else {
        const run = await this.handle(delivery, container);
        if (run.kind === 'threw') this.#failures.push(run.error);
        if (run.kind === 'died') container = this.process('worker');
      }
    }
  }

  /** What the function behind the dead-letter queue does. */
  async recordDeadLetters(): Promise<void> {
    for (const { message, ...deadLetter } of this.queue.dead.splice(0)) {
      const at = new Date(this.clock.now()).toISOString();
      await this.deps.chunks.recordDeadLetter(message.batchId, message.chunk, { at, ...deadLetter });
    }
  }

  async #recover(): Promise<void> {
    for (let due = this.clock.now() + RECOVERY_INTERVAL_MS; ; due += RECOVERY_INTERVAL_MS) {
      await this.clock.sleep(due - this.clock.now());
      if (!this.#isPlaying) return;
      if (this.hasRecovery) await this.recoverNow();
    }
  }
}
