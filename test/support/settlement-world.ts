import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { parse } from 'yaml';
import { s3Client } from '../../lib/aws/clients.ts';
import { settlementDeps } from '../../lib/dependencies.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { addDays, type Day, dayOf } from '../../lib/kernel/day.ts';
import { assembleFile } from '../../lib/settlement/assemble-file.ts';
import { finishCancelling } from '../../lib/settlement/cancel-job.ts';
import { parseChunkId } from '../../lib/settlement/chunk.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { planJob } from '../../lib/settlement/plan-job.ts';
import type { Files, SettlementDeps } from '../../lib/settlement/ports.ts';
import { settleChunk } from '../../lib/settlement/settle-chunk.ts';
import { dynamoTransactions } from '../../lib/transactions/dynamo.ts';
import type { MerchantId, Transaction, TransactionId } from '../../lib/transactions/transaction.ts';
import { provisionBucket, S3Client } from '../../localstack/embedded/provision/buckets.ts';
import { DynamoDBClient, provisionTable } from '../../localstack/embedded/provision/tables.ts';
import { type Stack, startStack } from '../../localstack/embedded/stack.ts';
import { type CrashPlan, Process } from './crash.ts';
import { documentClient } from './database.ts';
import { announced } from './published-events.ts';
import { settings } from './settings.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');
export const JOB = `job_${'a'.repeat(32)}` as JobId;
export const FROM = '2026-11-18' as Day;
export const TO = '2026-11-19' as Day;

/** A real DynamoDB and a real S3 for one test file; each world has tables and a bucket of its own. */
export class SettlementStack {
  readonly #stack: Stack;
  readonly #resources: Record<string, { Properties: Record<string, unknown> }>;
  #worlds = 0;

  private constructor(stack: Stack, resources: Record<string, { Properties: Record<string, unknown> }>) {
    this.#stack = stack;
    this.#resources = resources;
  }

  /** Gone when the file is done. */
  static async given(): Promise<SettlementStack> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-settlement-'));
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
    const files = ['settlement.yml', 'transactions.yml', 'events.yml'].map(async (file) => {
      return parse(await readFile(join(import.meta.dirname, '../../resources', file), 'utf8')).Resources;
    });
    return new SettlementStack(stack, Object.assign({}, ...(await Promise.all(files))));
  }

  /** @param transactions the table of another world, to read the same rows */
  async newWorld(transactions?: string): Promise<SettlementWorld> {
    this.#worlds += 1;
    const config = {
      endpoint: this.#stack.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    const [dynamo, s3] = [new DynamoDBClient(config), new S3Client({ ...config, forcePathStyle: true })];
    const names = {
      SETTLEMENTS_TABLE: `settlements-${this.#worlds}`,
      TRANSACTIONS_TABLE: transactions ?? `transactions-${this.#worlds}`,
      OUTBOX_TABLE: `outbox-${this.#worlds}`,
      FILES_BUCKET: `files-${this.#worlds}`,
    };
    await provisionTable(dynamo, names.SETTLEMENTS_TABLE, this.#resources.SettlementsTable?.Properties ?? {});
    await provisionTable(dynamo, names.TRANSACTIONS_TABLE, this.#resources.TransactionsTable?.Properties ?? {});
    await provisionTable(dynamo, names.OUTBOX_TABLE, this.#resources.OutboxTable?.Properties ?? {});
    await provisionBucket(s3, names.FILES_BUCKET);
    dynamo.destroy();
    s3.destroy();
    return new SettlementWorld(names);
  }
}

type Names = Record<'SETTLEMENTS_TABLE' | 'TRANSACTIONS_TABLE' | 'OUTBOX_TABLE' | 'FILES_BUCKET', string>;

/** The steps of the state machine and what is around them, on real stores; the machine itself is a loop here. */
export class SettlementWorld {
  /** Of transactions. */
  readonly table: string;
  readonly bucket: string;
  readonly outbox: string;
  readonly deps: SettlementDeps;
  now = NOW;
  #ids = 0;

  constructor(names: Names) {
    this.table = names.TRANSACTIONS_TABLE;
    this.outbox = names.OUTBOX_TABLE;
    this.bucket = names.FILES_BUCKET;
    const started = new Set<JobId>();
    const clients = {
      dynamo: documentClient(),
      objects: s3Client(),
      workflow: {
        start: async (id: JobId) => void started.add(id),
        state: async (id: JobId) => (started.has(id) ? ('running' as const) : ('missing' as const)),
      },
    };
    this.deps = {
      ...settlementDeps(settings(names), clients),
      now: () => this.now,
      newId: () => {
        this.#ids += 1;
        return String(this.#ids).padStart(32, '0');
      },
    };
  }

  /** Stores rows as they are. */
  async given(rows: readonly Transaction[]): Promise<void> {
    await dynamoTransactions(documentClient(), this.table).insert(rows);
  }

  /** A job of two days, in four chunks. */
  async givenAJob(changes: Partial<Job> = {}): Promise<Job> {
    const job: Job = {
      id: JOB,
      status: 'QUEUED',
      from: FROM,
      to: TO,
      shardsPerChunk: 8,
      createdAt: new Date(this.now).toISOString(),
      ...changes,
    };
    return (await this.deps.jobs.create(job, undefined, this.now)).job;
  }

  /** A process whose awaits are observed, and that dies as planned. */
  process(
    plans: readonly CrashPlan[],
    beforeAwait?: (what: string) => Promise<void>,
    { deps = this.deps, role = 'job' } = {},
  ): Process<SettlementDeps> {
    return new Process(deps, role, plans, {
      ...(beforeAwait === undefined ? {} : { beforeAwait }),
      special: (deps, process) => ({
        segments: (day, shard) => process.stream(`page of ${day} ${shard}`, deps.segments(day, shard)),
        files: mortalFiles(deps.files, process),
      }),
    });
  }

  /** All that others will learn of. */
  events(): Promise<DomainEvent[]> {
    return announced(documentClient(), this.outbox);
  }

  async file(id: JobId = JOB): Promise<string> {
    const job = await this.deps.jobs.read(id);
    if (job?.status !== 'COMPLETED' || !job.outcome) throw new Error(`the job is ${job?.status}`);
    return (await this.deps.files.read(job.outcome.file)).toString();
  }

  async manifest(id: JobId = JOB) {
    const job = await this.deps.jobs.read(id);
    return JSON.parse((await this.deps.files.read(job?.outcome?.manifest ?? '')).toString());
  }
}

/** A file that is written waits for the parts it is made of; once these stop coming there is no end to wait for. */
function mortalFiles(files: Files, process: Process<SettlementDeps>): Files {
  return {
    put: (...given) => process.await('files.put', () => files.put(...given)),
    read: (...given) => process.await('files.read', () => files.read(...given)),
    link: (...given) => process.await('files.link', () => files.link(...given)),
    removeAll: (...given) => process.await('files.removeAll', () => files.removeAll(...given)),
    write: (...given) =>
      process.await(
        'files.write',
        () => files.write(...given),
        () => {},
      ),
  };
}

/** What workflow.asl.yml does, one step after another; e2e tests run the real machine. */
export async function execute(deps: SettlementDeps, id: JobId): Promise<void> {
  for (;;) {
    const { status, chunks } = await planJob(deps, id);
    if (status === 'CANCELLING') return finishCancelling(deps, id);
    if (status !== 'RUNNING') return;
    for (const text of chunks) {
      const chunk = parseChunkId(text);
      if (!chunk) throw new Error(`${text} names no chunk`);
      await settleChunk(deps, id, chunk);
    }
    if (chunks.length > 0) continue;
    if ((await assembleFile(deps, id)) === 'CANCELLING') await finishCancelling(deps, id);
    return;
  }
}

/** Rows of every status over the days, the first and the last millisecond of them included. */
export function someRows(count: number, { from = FROM, days = 2, merchants = 9, prefix = 'txn' } = {}): Transaction[] {
  const begin = Date.parse(`${from}T00:00:00.000Z`);
  const length = days * 24 * 60 * 60 * 1_000;
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${index}` as TransactionId,
    merchantId: `merchant-${(index * 7) % merchants}` as MerchantId,
    amountCents: BigInt(1_000 + ((index * 7_919) % 90_001)),
    feeCents: BigInt((index * 31) % 400),
    status: (['PAID', 'FAILED', 'PAID', 'REFUNDED', 'PAID'] as const)[index % 5] ?? 'PAID',
    paidAt: index === count - 1 ? begin + length - 1 : begin + Math.floor((index / count) * length),
  }));
}

/** The settlement by another way: filter, group, add. `merchant,day -> gross,fee,net,count`. */
export function recount(rows: readonly Transaction[], from: Day = FROM, to: Day = TO): Map<string, string> {
  const within = rows.filter(({ status, paidAt }) => {
    return status === 'PAID' && paidAt >= Date.parse(from) && paidAt < Date.parse(addDays(to, 1));
  });
  const groups = Map.groupBy(within, ({ merchantId, paidAt }) => `${merchantId},${dayOf(paidAt)}`);
  return new Map(
    [...groups].map(([group, members]) => {
      const gross = members.reduce((sum, { amountCents }) => sum + amountCents, 0n);
      const fee = members.reduce((sum, { feeCents }) => sum + feeCents, 0n);
      return [group, `${gross},${fee},${gross - fee},${members.length}`];
    }),
  );
}

/** The same of the file. */
export function groupsOf(csv: string): Map<string, string> {
  const lines = csv.trimEnd().split('\n').slice(1);
  return new Map(
    lines.map((line) => {
      const [merchant, day, ...rest] = line.split(',');
      return [`${merchant},${day}`, rest.slice(0, 4).join(',')];
    }),
  );
}
