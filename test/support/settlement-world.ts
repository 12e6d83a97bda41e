import { s3Client } from '../../lib/aws/clients.ts';
import { settlementDeps } from '../../lib/dependencies/settlement.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { addDays, type Day, dayOf } from '../../lib/kernel/day.ts';
import { assembleFile } from '../../lib/settlement/assemble-file.ts';
import { finishCancelling } from '../../lib/settlement/cancel-job.ts';
import { parseChunkId } from '../../lib/settlement/chunk.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { settlementRequested } from '../../lib/settlement/job-events.ts';
import { planJob } from '../../lib/settlement/plan-job.ts';
import type { Files, SettlementDeps } from '../../lib/settlement/ports.ts';
import { settleChunk } from '../../lib/settlement/settle-chunk.ts';
import { dynamoTransactions } from '../../lib/transactions/dynamo.ts';
import type { MerchantId, Transaction, TransactionId } from '../../lib/transactions/transaction.ts';
import { type CrashPlan, Process } from './crash.ts';
import { type Database, documentClient } from './database.ts';
import { eventsOf } from './outbox.ts';
import { settings } from './settings.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');
export const JOB = `job_${'a'.repeat(32)}` as JobId;
export const FROM = '2026-11-18' as Day;
export const TO = '2026-11-19' as Day;

/** The steps of the state machine on real stores. The machine itself is a loop here: see {@link execute}. */
export class SettlementWorld {
  /** The table of transactions. */
  readonly table: string;
  readonly bucket: string;
  readonly deps: SettlementDeps;
  now = NOW;
  readonly eventsTable: string;
  #ids = 0;

  private constructor(table: string, bucket: string, own: Record<'SETTLEMENTS_TABLE' | 'EVENTS_TABLE', string>) {
    this.table = table;
    this.bucket = bucket;
    this.eventsTable = own.EVENTS_TABLE;
    const started = new Set<JobId>();
    const clients = {
      dynamo: documentClient(),
      objects: s3Client(Date.now),
      workflow: {
        start: async (id: JobId) => void started.add(id),
        state: async (id: JobId) => (started.has(id) ? ('running' as const) : ('missing' as const)),
      },
    };
    this.deps = {
      ...settlementDeps(settings({ ...own, TRANSACTIONS_TABLE: table, FILES_BUCKET: bucket }), clients),
      now: () => this.now,
      newId: () => {
        this.#ids += 1;
        return String(this.#ids).padStart(32, '0');
      },
    };
  }

  /** @param transactions the table of another world, to read the same rows */
  static async open(database: Database, transactions?: string): Promise<SettlementWorld> {
    const table = transactions ?? (await database.newTable('TransactionsTable'));
    const own = await database.newTables('SETTLEMENTS_TABLE', 'EVENTS_TABLE');
    return new SettlementWorld(table, await database.newBucket(), own);
  }

  /** Stores rows unchanged. */
  async given(rows: readonly Transaction[]): Promise<void> {
    await dynamoTransactions(documentClient(), this.table, 'no-events').insert(rows);
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
    return (await this.deps.jobs.create(job, undefined, this.now, settlementRequested(this.deps, job))).job;
  }

  /** A process that dies as planned. `beforeAwait` observes its awaits. */
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

  /** Every event. */
  events(): Promise<DomainEvent[]> {
    return eventsOf(documentClient(), this.eventsTable);
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

/** A write of a file reads its parts from the process. After a death they stop coming, so the write has no end to wait for. */
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

/** Runs the steps of workflow.asl.yml in their order. The end-to-end tests run the real machine. */
export async function execute(deps: SettlementDeps, id: JobId): Promise<void> {
  for (;;) {
    const { status, chunks } = await planJob(deps, id);
    if (status === 'CANCELLING') await finishCancelling(deps, id);
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

/** Rows of every status, from the first to the last millisecond of the days. */
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

/** Calculates the settlement in another way: filter, group, add. `merchant,day -> gross,fee,net,count`. */
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

/** Reads the same out of the file. */
export function groupsOf(csv: string): Map<string, string> {
  const lines = csv.trimEnd().split('\n').slice(1);
  return new Map(
    lines.map((line) => {
      const [merchant, day, ...rest] = line.split(',');
      return [`${merchant},${day}`, rest.slice(0, 4).join(',')];
    }),
  );
}
