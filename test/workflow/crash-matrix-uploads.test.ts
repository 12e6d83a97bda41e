import { afterAll, expect } from 'vitest';
import { approvalIdFor } from '../../lib/access/approval.ts';
import { approvalOfItem } from '../../lib/access/dynamo-approval-items.ts';
import { type ImportId, uploadKey } from '../../lib/imports/import.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import type { BeginDeps, ImportDeps } from '../../lib/imports/ports.ts';
import { recoverImports } from '../../lib/imports/recover-imports.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { payChunk } from '../../lib/payouts/pay-chunk.ts';
import { recoverBatches } from '../../lib/payouts/recover-batches.ts';
import type { UploadDeps } from '../../lib/uploads/ports.ts';
import { readRejected } from '../../lib/uploads/rejected-rows.ts';
import { cancelUpload, requestForAll, requestReport } from '../../lib/uploads/request-upload.ts';
import { payoutSink } from '../../lib/uploads/store-upload.ts';
import { startBank } from '../../localstack/bank/server.ts';
import { differencesInUpload } from '../../scripts/verify/uploads-checks.ts';
import { decide, givenRules } from '../support/approvals.ts';
import { type CrashPlan, Process } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenAStack, itemsOf } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { csvRow } from '../support/upload-rows.ts';
import { UploadsWorld } from '../support/uploads-world.ts';

const database = await givenAStack();
const bank = await startBank({ port: 0, ledgerFile: ':memory:' });
afterAll(() => bank.stop());

/** They change nothing, so a death at one of them leaves what a death at the next write leaves. */
const IS_READ = /^(read|find|list|holders|isIdle|sealer|opener|hmac)/;
const LOST_AFTER_MS = 6 * 60_000;
const LIMIT = 12;

/** Two windows, and a batch each. */
const HEADER = 'vendor_id,vendor_name,amount,currency,bank_account,bank_name,external_id';
const row = (number: number, externalId = number) => csvRow(number).replace(/[^,]*$/, `p-${externalId}`);
const fileOf = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`;
const FILE = fileOf(row(1), 'v-2,short', row(3));

type Ended = { readonly world: UploadsWorld; readonly id: ImportId };
type Act = (world: UploadsWorld, id: ImportId, run: Run) => Promise<unknown>;
/** Runs something in a process that can die. */
type Run = (work: (deps: UploadDeps, importing: ImportDeps) => Promise<unknown>) => Promise<unknown>;

/** A port whose process dies at its writes. */
function mortal(process: Process<object>, dep: string, port: object) {
  const dying = process.port(port, (name) => `${dep}.${name}`);
  const get = (of: object, name: string) =>
    IS_READ.test(name) ? Reflect.get(port, name).bind(port) : Reflect.get(of, name);
  return new Proxy(dying, { get: (of, name) => get(of, String(name)) });
}

/** The processes of an upload: all that it needs is one set of deps. */
function processOf(world: UploadsWorld, plan: CrashPlan) {
  const { payouts, imports, files, queue: importQueue, secrets } = world.deps;
  const all = { ...payouts, imports, files, importQueue, secrets };
  return new Process(all, 'upload', [plan], {
    special: (_, process) => {
      const die = (name: string, dep: unknown) => (typeof dep === 'object' && dep ? mortal(process, name, dep) : dep);
      return Object.fromEntries(Object.entries(all).map(([name, dep]) => [name, die(name, dep)]));
    },
  });
}

const isDead = (ended: unknown) => (ended as { kind?: string } | undefined)?.kind === 'died';

async function play(
  plan: CrashPlan,
  content: string,
  act: Act,
  given?: Act,
  autoStart = given === undefined,
): Promise<Ended> {
  const settings = { BANK_URL: bank.url };
  const world = await UploadsWorld.open(database, { policy: { windowRows: 2 }, settings });
  const id = await world.given(content, { onInvalid: 'skip', autoStart });
  const run: Run = async (work) => {
    const ended = await processOf(world, plan).run((deps) => {
      const { imports, files, importQueue: queue, secrets, ...payouts } = deps;
      const begin: BeginDeps = { ...world.imports, imports, files, queue };
      const sinks = { ...world.imports.sinks, payouts: () => payoutSink({ ...begin, payouts, secrets }) };
      return work({ ...begin, payouts, secrets }, { ...begin, sinks, readRecords: world.imports.readRecords });
    });
    if (ended.kind === 'threw' && !(ended.error instanceof AppError)) throw ended.error;
    if (isDead(ended)) world.sent = []; // with the messages that it had received
    return ended;
  };
  const safely: Run = (work) => work(world.deps, world.imports);
  await given?.(world, id, safely);
  plan.arm();
  await act(world, id, run);
  await recover(world, id);
  return { world, id };
}

const ENDS = ['completed', 'refused', 'cancelled', 'rejected', 'stopped', 'awaiting_approval'];

/** Recovery and workers, until the upload is quiet. */
async function recover(world: UploadsWorld, id: ImportId): Promise<void> {
  const { payouts } = world.deps;
  for (let round = 1; ; round += 1) {
    const messages = world.chunks.splice(0);
    for (const message of messages) await payChunk(payouts, message);
    const isQuiet = messages.length === 0 && world.sent.length === 0 && round > 1;
    if (isQuiet && ENDS.includes((await world.show(id)).status)) return;
    if (world.sent.length > 0) await world.work(id);
    world.now += LOST_AFTER_MS;
    await recoverAll(recoverImports, world.imports);
    await recoverAll(recoverBatches, payouts);
    if (round > LIMIT) throw new Error(`the upload is still ${JSON.stringify(await world.show(id))}`);
  }
}

const work: Act = async (world, id, run) => {
  do {
    world.sent.shift();
    await run((_, importing) => importFile(importing, id));
  } while (world.sent.length > 0);
};

/** Nothing is paid twice or left over; each of `paid` was moved. */
async function expectSound({ world, id }: Ended, status: string, paid: number): Promise<void> {
  expect((await world.show(id)).status).toBe(status);
  const page = await fetch(`${bank.url}/audit/instructions?prefix=${id}&limit=100`);
  const { instructions } = (await page.json()) as { instructions: { moves: number }[] };
  expect(instructions.map(({ moves }) => moves)).toEqual(Array(paid).fill(1));
  const one = await world.deps.imports.read(id);
  if (!one) throw new Error('an upload is never deleted');
  const items = await itemsOf(documentClient(), world.tables.PAYOUTS_TABLE ?? '');
  const batches = items.filter(({ sk }) => sk === 'BATCH').map(batchOf);
  const access = await itemsOf(documentClient(), world.tables.ACCESS_TABLE ?? '');
  const [approval] = access.filter(({ sk }) => sk === 'APPROVAL').map(approvalOfItem);
  const hasFile = (await world.files.find(uploadKey(id))) !== undefined;
  expect(differencesInUpload({ one, batches, approval, hasFile })).toEqual([]);
  const ids = (await world.events()).map((event) => event.id);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids.filter((each) => /^import\.(completed|failed):/.test(each))).toHaveLength(1);
  const ends = status === 'completed' ? 'batch.completed' : status === 'refused' ? 'batch.rejected' : 'none';
  if (ends !== 'none') expect(ids.filter((each) => each.startsWith(`${ends}:`))).toHaveLength(batches.length);
  expect(await recoverAll(recoverImports, world.imports)).toMatchObject({ found: 0 });
}

type Judged = Pick<Parameters<typeof crashMatrix<Ended>>[1], 'play' | 'judge'>;
const matrix = (name: string, judged: Judged) => crashMatrix(name, judged);

await matrix('a file is checked, stored, released and started', {
  play: (plan) => play(plan, FILE, work),
  judge: async (ended) => {
    await expectSound(ended, 'completed', 2);
    expect(await readRejected(ended.world.deps, ended.id, 0)).toContain('3,,,,,,,,,"[""v-2"",""short""]"');
  },
});

await matrix('a file is refused because its last batch has a payout of the first', {
  play: (plan) => play(plan, fileOf(row(1), row(2), row(3, 1)), work),
  judge: async (ended) => {
    await expectSound(ended, 'refused', 0);
    const again = await ended.world.given(fileOf(row(1), row(3)));
    await ended.world.work(again);
    expect(await ended.world.show(again)).toMatchObject({ stored: 2 });
  },
});

const stored: Act = (world, id) => world.work(id);
const then =
  (...steps: ((deps: UploadDeps, id: ImportId) => Promise<unknown>)[]): Act =>
  async (world, id, run) => {
    for (const step of steps) {
      const answer = await run((deps) => step(deps, id));
      if (isDead(answer)) await step(world.deps, id); // the client asks again
      if (world.sent.length > 0) await work(world, id, run);
      world.now += LOST_AFTER_MS;
      await recoverAll(recoverImports, world.imports);
      if (world.sent.length > 0) await world.work(id);
    }
  };
const start = (deps: UploadDeps, id: ImportId) => requestForAll(deps, id, 'start');
const stop = (deps: UploadDeps, id: ImportId) => requestForAll(deps, id, 'stop');
const cancel = then((deps, id) => cancelUpload(deps, id, 'wrong file'));

await matrix('all batches are started, stopped and reported', {
  play: (plan) => play(plan, FILE, then(start, stop, requestReport), stored),
  judge: async (ended) => {
    await expectSound(ended, 'stopped', 0);
    expect(await ended.world.show(ended.id)).toMatchObject({ report: 'ready' });
  },
});

await matrix('all batches are cancelled', {
  play: (plan) => play(plan, FILE, cancel, stored),
  judge: (ended) => expectSound(ended, 'cancelled', 0),
});

const rule = { kind: 'batch', currency: 'IDR', totalFrom: 1n, approvers: 1, lapsesAfterHours: 24 } as const;
const held: Act = async (world, id) => {
  await givenRules(world.approving, rule as never);
  await world.work(id);
};

await matrix('an upload that waits for its approval is cancelled', {
  play: (plan) => play(plan, FILE, cancel, held),
  judge: (ended) => expectSound(ended, 'cancelled', 0),
});

await matrix('an upload is approved, and its batches are released', {
  play: (plan) =>
    play(
      plan,
      FILE,
      async (world, id, run) => {
        await decide(world.approving, 'bob', 'approve', { id: approvalIdFor('batch', 'upload', id) });
        await work(world, id, run);
      },
      held,
      true,
    ),
  judge: (ended) => expectSound(ended, 'completed', 2),
});
