import { describe, expect, it } from 'vitest';
import { s3Client, sqsClient } from '../../lib/aws/clients.ts';
import { S3Files } from '../../lib/aws/files.ts';
import { httpBank } from '../../lib/dependencies/rails.ts';
import { importDeps } from '../../lib/dependencies/transactions.ts';
import { createImport, startImport } from '../../lib/imports/begin-import.ts';
import { type Format, type ImportId, reportKey, uploadKey } from '../../lib/imports/import.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import type { ImportDeps } from '../../lib/imports/ports.ts';
import { recoverImports } from '../../lib/imports/recover-imports.ts';
import { transactionSink } from '../../lib/imports/transaction-sink.ts';
import { importView } from '../../lib/imports/view.ts';
import { dynamoTransactions } from '../../lib/transactions/dynamo.ts';
import type { Transaction } from '../../lib/transactions/transaction.ts';
import { type CrashPlan, Process } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenAStack } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { SECRETS } from '../support/secrets.ts';
import { settings } from '../support/settings.ts';
import { execute, groupsOf, JOB, recount, SettlementWorld, someRows } from '../support/settlement-world.ts';

const database = await givenAStack();
const HEADER = 'id,merchant_id,amount_cents,fee_cents,status,paid_at\n';
const csvLine = ({ id, merchantId, amountCents, feeCents, status, paidAt }: Transaction) =>
  `${id},${merchantId},${amountCents},${feeCents},${status},${new Date(paidAt).toISOString()}\n`;

const rows = someRows(60);
/** Good rows, a repeated row, rows changed in the same window and in another one, and bad rows. */
const content = [
  HEADER,
  ...rows.slice(0, 25).map(csvLine),
  csvLine(rows[3] as Transaction),
  csvLine({ ...(rows[4] as Transaction), amountCents: 1n }),
  'bad,m 1,-5,x,PAID,yesterday\n',
  ...rows.slice(25).map(csvLine),
  csvLine({ ...(rows[0] as Transaction), feeCents: 999n }),
  'short,m-1\n',
].join('');

async function newImport(text: string, format: Format = 'csv', policy: Partial<ImportDeps['policy']> = {}) {
  const world = await SettlementWorld.open(database);
  const sent: ImportId[] = [];
  const at = settings({
    ...{ TRANSACTIONS_TABLE: world.table, EVENTS_TABLE: world.eventsTable },
    ...{ FILES_BUCKET: world.bucket, IMPORT_WINDOW_ROWS: 10 },
  });
  const built = importDeps(at, {
    ...{ dynamo: documentClient(), queues: sqsClient(Date.now), objects: s3Client(Date.now), secrets: SECRETS },
    bank: httpBank(at),
  });
  const deps: ImportDeps = {
    ...built,
    policy: { ...built.policy, ...policy },
    now: () => world.now,
    queue: { send: async (messages) => void sent.push(...messages.map(({ importId }) => importId)) },
  };
  const { one } = await createImport(deps, format);
  const files = new S3Files(s3Client(Date.now), world.bucket);
  if (text !== '') await files.put(uploadKey(one.id), text, 'text/csv');
  const show = async () => importView((await deps.imports.read(one.id)) as never);
  return { world, deps, sent, id: one.id, files, show };
}

/** What a settlement job would write into its file now. */
async function settledBy({ world }: Awaited<ReturnType<typeof newImport>>): Promise<Map<string, string>> {
  await world.givenAJob();
  await execute(world.deps, JOB);
  return groupsOf(await world.file());
}

describe('an import', () => {
  it('stores every good row once and reports every other row by its line', async () => {
    const one = await newImport(content);
    expect(await importFile(one.deps, one.id)).toBe('finished');
    expect(await one.show()).toMatchObject({
      status: 'COMPLETED',
      progress: 100,
      rows: 65,
      stored: 60,
      unchanged: 1,
      rejected: 4,
    });
    expect((await one.files.read(reportKey(one.id))).toString().trimEnd().split('\n')).toEqual([
      'line,id,path,reason',
      `28,${rows[4]?.id},amount_cents,differs from the row known under this id`,
      expect.stringMatching(/^29,bad,merchant_id,/),
      expect.stringMatching(/^29,bad,amount_cents,/),
      expect.stringMatching(/^29,bad,fee_cents,/),
      expect.stringMatching(/^29,bad,paid_at,/),
      `65,${rows[0]?.id},fee_cents,differs from the row known under this id`,
      '66,,,has 2 fields instead of 6',
    ]);
    expect(await settledBy(one)).toEqual(recount(rows));
  });

  it('changes nothing when the file was imported before', async () => {
    const one = await newImport(content);
    await importFile(one.deps, one.id);
    const { one: again } = await createImport({ ...one.deps, newId: () => 'f'.repeat(32) }, 'csv');
    await one.files.put(uploadKey(again.id), content, 'text/csv');
    await importFile(one.deps, again.id);
    expect(await one.deps.imports.read(again.id)).toMatchObject({
      checkpoint: { stored: 0, unchanged: 61, rejected: 4 },
    });
    expect(await settledBy(one)).toEqual(recount(rows));
  });

  it('stores every row once when two processes import the file, and the slower one stops', async () => {
    const one = await newImport(content);
    const outcomes = await Promise.all([importFile(one.deps, one.id), importFile(one.deps, one.id)]);
    expect(outcomes).toContain('finished');
    expect(await one.show()).toMatchObject({ status: 'COMPLETED', rows: 65, rejected: 4 });
    expect(await settledBy(one)).toEqual(recount(rows));
  });

  it('returns to the queue when its time is over, and continues from there', async () => {
    const one = await newImport(content, 'csv', { sliceMs: -1 });
    const outcomes: string[] = [];
    do outcomes.push(await importFile(one.deps, one.id));
    while (outcomes.at(-1) === 'continued' && outcomes.length < 20);
    expect(outcomes).toEqual([...Array(7).fill('continued'), 'finished']);
    expect(one.sent).toHaveLength(7);
    expect(await one.show()).toMatchObject({ rows: 65, stored: 60, unchanged: 1, rejected: 4 });
  });

  it('fails when the file stops being CSV, names the line, and keeps what was stored', async () => {
    const one = await newImport(`${HEADER}${rows.slice(0, 20).map(csvLine).join('')}"x"y,1\n`);
    expect(await importFile(one.deps, one.id)).toBe('unreadable');
    expect(await one.show()).toMatchObject({ status: 'FAILED', error: expect.stringMatching(/^At line 2\d/) });
  });

  it('fails when the file is replaced during the import, stores no row of the new file, and reports the rejected rows', async () => {
    const one = await newImport(`${HEADER}bad,row\n${rows.map(csvLine).join('')}`, 'csv', { sliceMs: -1 });
    expect(await importFile(one.deps, one.id)).toBe('continued');
    const others = someRows(60, { prefix: 'other' });
    await one.files.put(uploadKey(one.id), `${HEADER}${others.map(csvLine).join('')}`, 'text/csv');
    expect(await importFile(one.deps, one.id)).toBe('unreadable');
    expect(await one.show()).toMatchObject({ status: 'FAILED', rows: 10, error: expect.stringContaining('again') });
    expect((await one.files.read(reportKey(one.id))).toString()).toBe(
      'line,id,path,reason\n2,,,has 2 fields instead of 6\n',
    );
    expect(await settledBy(one)).toEqual(recount(rows.slice(0, 9)));
  });

  it('fails without a retry when the column names are missing', async () => {
    const one = await newImport('a;b\n');
    await importFile(one.deps, one.id);
    expect(await importFile(one.deps, one.id)).toBe('finished');
    expect(await one.show()).toMatchObject({ status: 'FAILED', error: expect.stringContaining('lacks id') });
  });

  it('cannot be started before the upload', async () => {
    const one = await newImport('');
    await expect(startImport(one.deps, one.id)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(await importFile(one.deps, one.id)).toBe('no upload');
    await one.files.put(uploadKey(one.id), content, 'text/csv');
    expect(await startImport(one.deps, one.id)).toMatchObject({ status: 'RUNNING' });
    expect(await startImport(one.deps, one.id)).toMatchObject({ status: 'RUNNING' });
    expect(one.sent).toEqual([one.id]);
    expect((await one.world.events()).map(({ type }) => type)).toEqual(['import.created', 'import.started']);
  });
});

describe('recovery', () => {
  it('starts an upload that was never announced', async () => {
    const one = await newImport(content);
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 1, done: { dispatched: 1 } });
    expect(one.sent).toEqual([one.id]);
  });

  it('queues a waiting upload once, and again only when its message seems lost', async () => {
    const one = await newImport(content);
    one.world.now += 60_000;
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ done: { dispatched: 1 } });
    one.world.now += 4 * 60_000;
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 1, done: {} });
    one.world.now += 60_000;
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ done: { dispatched: 1 } });
  });

  it('continues an import whose message is lost, not one in progress, and skips finished ones', async () => {
    const one = await newImport(content, 'csv', { sliceMs: -1 });
    await importFile(one.deps, one.id);
    one.sent.length = 0;
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 1, done: {} });
    one.world.now += 5 * 60_000;
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 1, done: { dispatched: 1 } });
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 1, done: {} });
    while ((await importFile(one.deps, one.id)) === 'continued');
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 0 });
  });

  it('expires an upload that never came', async () => {
    const one = await newImport('');
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 1, done: {} });
    one.world.now += 3 * 60 * 60_000;
    expect(await recoverAll(recoverImports, one.deps)).toMatchObject({ found: 1, done: { expired: 1 } });
    expect(await one.show()).toMatchObject({ status: 'FAILED' });
  });
});

/** Runs one process after the other until the file is imported. */
async function importedBy(plan: CrashPlan) {
  const one = await newImport(content);
  plan.arm();
  const process = new Process(one.deps, 'importer', [plan], {
    special: (deps, self) => ({
      readRecords: deps.readRecords,
      sinks: {
        ...deps.sinks,
        transactions: (given) => {
          const stored = dynamoTransactions(documentClient(), one.world.table, one.world.eventsTable);
          return transactionSink({ ...given, transactions: self.port(stored, (name) => `transactions.${name}`) });
        },
      },
      files: {
        ...self.port(deps.files, (name) => `files.${name}`),
        uploadLink: (key) => deps.files.uploadLink(key),
        find: (key) => self.await('find', () => deps.files.find(key)),
        readFrom: (...given) => self.await('readFrom', () => deps.files.readFrom(...given)),
        read: (key) => self.await('read', () => deps.files.read(key)),
        put: (...given) => self.await('put', () => deps.files.put(...given)),
        write: (...given) =>
          self.await(
            'write',
            () => deps.files.write(...given),
            () => {},
          ),
        list: (prefix) => self.stream('list', deps.files.list(prefix)),
        link: (...given) => deps.files.link(...given),
      },
    }),
  });
  const first = await process.run((deps) => importFile(deps, one.id));
  if (first.kind === 'threw') throw first.error;
  if (first.kind === 'died') expect(['finished', 'overtaken']).toContain(await importFile(one.deps, one.id));
  return {
    one,
    shown: await one.show(),
    report: (await one.files.read(reportKey(one.id))).toString(),
  };
}

await crashMatrix('the import of a file', {
  play: importedBy,
  judge: async ({ one, shown, report }, undisturbed) => {
    expect(report).toBe(undisturbed.report);
    expect(shown).toMatchObject({ status: 'COMPLETED', rows: 65, rejected: 4 });
    expect(shown.stored + shown.unchanged).toBe(61);
    const events = (await one.world.events()).map(({ id }) => id);
    const windows = [10, 20, 30, 40, 50, 60, 65].map((upTo) => `import.advanced:${one.id}:${upTo}`);
    const moves = ['created', 'completed', 'started'].map((what) => `import.${what}:${one.id}`);
    expect(events.sort()).toEqual([...windows, ...moves].sort());
    expect(await settledBy(one)).toEqual(recount(rows));
  },
});
