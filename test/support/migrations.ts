import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type { JobId } from '../../lib/settlement/job.ts';
import type { MigrationFile } from '../../scripts/migrate/files.ts';
import type { Migration } from '../../scripts/migrate/migration.ts';
import { Migrator, type MigratorDeps } from '../../scripts/migrate/migrator.ts';
import { MigrationRecord } from '../../scripts/migrate/record.ts';
import { type CrashPlan, Process } from './crash.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { mortalClient } from './faults.ts';
import { SECRETS } from './secrets.ts';

export type Item = Record<string, unknown> & { pk: string; sk: string };

const LOGICAL_IDS = {
  payouts: 'PayoutsTable',
  access: 'AccessTable',
  settlements: 'SettlementsTable',
  withdrawals: 'WithdrawalsTable',
  wallets: 'WalletsTable',
  events: 'EventsTable',
  outbox: 'OutboxTable',
  audit: 'AuditTable',
  metrics: 'MetricsTable',
  system: 'SystemTable',
} as const;
type TableName = keyof typeof LOGICAL_IDS;

/** New tables, and runners that migrate them. */
export class Data {
  readonly client: DynamoDBDocumentClient = documentClient();
  readonly #tables: Readonly<Record<string, string>>;
  #runners = 0;

  private constructor(tables: Readonly<Record<string, string>>) {
    this.#tables = tables;
  }

  /** @param tables the tables to migrate */
  static async given(database: Database, tables: readonly TableName[] = ['settlements']): Promise<Data> {
    const named = [...tables, 'system' as const].map(
      async (name) => [name, await database.newTable(LOGICAL_IDS[name])] as const,
    );
    return new Data(Object.fromEntries(await Promise.all(named)));
  }

  readonly table = (name: string): string => this.#tables[name] ?? `no-such-table-${name}`;

  record(now = Date.now, client = this.client): MigrationRecord {
    return new MigrationRecord(client, this.table('system'), now);
  }

  runner(files: readonly MigrationFile[], deps: Partial<MigratorDeps> = {}): Migrator {
    this.#runners += 1;
    const id = `runner-${this.#runners}`;
    return new Migrator({
      client: this.client,
      record: this.record(),
      files,
      owner: id,
      newId: () => id,
      leaseMs: 60_000,
      table: this.table,
      secrets: () => SECRETS,
      log: () => {},
      progress: () => {},
      interrupted: () => false,
      ...deps,
    });
  }

  put(...items: Item[]): Promise<void> {
    return this.putInto('settlements', ...items);
  }

  async putInto(table: TableName, ...items: Item[]): Promise<void> {
    for (const Item of items) await this.client.send(new PutCommand({ TableName: this.table(table), Item }));
  }

  /** All items of a table, in one order. */
  async items(table: TableName = 'settlements'): Promise<Item[]> {
    const items = (await itemsOf(this.client, this.table(table))) as Item[];
    return items.sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
  }
}

const TEN_MINUTES = 600_000;

/**
 * Runs one migration in a process each of whose requests is an await of the plan. After its death and the end of its lock an
 * operator forces the version back if it is dirty, and runs the migration again.
 * @returns whether the death left a dirty version
 */
export async function migrateDespiteCrash(
  data: Data,
  files: readonly MigrationFile[],
  way: 'up' | 'down',
  plan: CrashPlan,
): Promise<{ wasDirty: boolean }> {
  const { version: from } = await data.record().read();
  const to = way === 'up' ? from + 1 : from - 1;
  plan.arm();
  const client = documentClient();
  const runner = new Process({ client }, 'runner', [plan], {
    special: (_deps, process) => ({ client: mortalClient(client, process) }),
  });
  const run = await runner.run(({ client }) =>
    data.runner(files, { client, record: data.record(Date.now, client) })[way](1),
  );
  expect(run.kind).toBe(plan.hasStruck ? 'died' : 'returned');

  const record = data.record(() => Date.now() + TEN_MINUTES); // the lock of a dead runner has expired
  const next = () => data.runner(files, { record });
  const found = await record.read();
  if (found.dirty) {
    expect(found.version).toBe(to);
    await expect(next()[way](1)).rejects.toThrow(`Version ${to} is dirty`);
    await next().force(from);
  }
  if (found.dirty || found.version === from) await next()[way](1);
  expect(await data.record().read()).toMatchObject({ version: to, dirty: false });
  return { wasDirty: found.dirty };
}

/** Migrations that a test makes up, as files would be. */
export function filesOf(...migrations: Partial<Migration>[]): MigrationFile[] {
  const nothing = async () => {};
  return migrations.map((migration, index) => ({
    version: index + 1,
    name: `000${index + 1}-made-up`,
    load: async () => ({ up: nothing, down: nothing, ...migration }),
  }));
}

const jobId = (number: number) => `job_${String(number).padStart(32, '0')}` as JobId;

export type Shape = { readonly day?: string; readonly status?: string; readonly shardsPerChunk?: number };

/**
 * A job of one day and its checkpoints. Without `shardsPerChunk`, as commit c53baa9 stored them: the job does not say how
 * it is cut, and its checkpoints name a single shard.
 */
export function jobItems(
  number: number,
  { day = '2026-10-31', status = 'COMPLETED', shardsPerChunk }: Shape = {},
): Item[] {
  const id = jobId(number);
  const created = `${day}T01:00:00.000Z`;
  const job = {
    pk: `JOB#${id}`,
    sk: 'JOB',
    gsi1pk: 'JOB',
    gsi1sk: `${created}#${id}`,
    ...(status === 'COMPLETED' ? {} : { gsi2pk: 'JOB', gsi2sk: id }),
    id,
    status,
    from: day,
    to: day,
    created_at: created,
    ...(shardsPerChunk === undefined ? {} : { shards_per_chunk: shardsPerChunk }),
  };
  const size = shardsPerChunk ?? 1;
  const checkpoints = Array.from({ length: 16 / size }, (_, index) => {
    const [first, last] = [index * size, index * size + size - 1].map((shard) => String(shard).padStart(2, '0'));
    const part = { rows: index, bytes: 0, sha256: 'e3b0', gross: '9007199254740993', fee: '0', count: index };
    const chunk = shardsPerChunk === undefined ? first : `${first}-${last}`;
    return { pk: job.pk, sk: `CHUNK#${day}#${chunk}`, transactions: index, part: JSON.stringify(part) };
  });
  return [job, ...checkpoints].sort((a, b) => (a.sk < b.sk ? -1 : 1));
}
