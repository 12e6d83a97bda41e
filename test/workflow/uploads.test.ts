import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { approvalIdFor } from '../../lib/access/approval.ts';
import { startImport } from '../../lib/imports/begin-import.ts';
import { type ImportId, uploadKey } from '../../lib/imports/import.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import { recoverImports } from '../../lib/imports/recover-imports.ts';
import type { BatchStore } from '../../lib/payouts/batch-store.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { startBatch } from '../../lib/payouts/start-batch.ts';
import { readRejected } from '../../lib/uploads/rejected-rows.ts';
import { cancelUpload, requestForAll, requestReport } from '../../lib/uploads/request-upload.ts';
import { workOf } from '../../lib/uploads/upload.ts';
import { decide, givenRules } from '../support/approvals.ts';
import { givenAStack } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { recoverAll } from '../support/recovery.ts';
import { csvFile, csvRow, someRows } from '../support/upload-rows.ts';
import { UploadsWorld } from '../support/uploads-world.ts';

const database = await givenAStack();

/** Of the rows that are not valid. */
const COLUMNS =
  'line,vendor_id,vendor_name,external_id,amount,currency,bank_account,bank_name,transaction_ids,other_fields,reasons';

/** The stores, but something happens before the n-th call of a method. */
function before(
  batches: BatchStore,
  method: keyof BatchStore,
  nth: number,
  happens: () => Promise<unknown>,
): BatchStore {
  const call = batches[method] as (...given: unknown[]) => Promise<unknown>;
  let calls = 0;
  const delayed = async (...given: unknown[]) => {
    calls += 1;
    if (calls === nth) await happens();
    return call(...given);
  };
  return { ...batches, [method]: delayed };
}

describe('an upload', () => {
  it('is checked, stored as batches of a window each, and started', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(csvFile(someRows(25)));
    expect(await world.show(id)).toMatchObject({ status: 'awaiting_upload', batches: [] });
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      status: 'in_progress',
      progress: 100,
      rows: 25,
      stored: 25,
      rejected: 0,
      open: 25,
      totals: [{ currency: 'IDR' }],
      batches: [
        { batch_id: `${id}-0001`, status: 'in_progress', total_count: 10 },
        { batch_id: `${id}-0002`, status: 'in_progress', total_count: 10 },
        { batch_id: `${id}-0003`, status: 'in_progress', total_count: 5 },
      ],
    });
    expect(world.chunks).toHaveLength(4 + 4 + 2);
    expect(await world.payouts()).toBe(25);
    const types = (await world.events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'batch.created')).toHaveLength(3);
    expect(types.filter((type) => type === 'batch.started')).toHaveLength(3);
    expect(await recoverAll(recoverImports, world.imports)).toMatchObject({ found: 0 });
  });

  it('has smaller batches if its rows are long, so that few are in memory at once', async () => {
    const world = await UploadsWorld.open(database, { policy: { windowBytes: 200 } });
    const id = await world.given(csvFile(someRows(25)));
    await world.work(id);
    const { batches, stored } = await world.show(id);
    expect(stored).toBe(25);
    expect(batches.map(({ total_count: count }) => count)).toEqual([3, 5, 5, 4, 4, 4]);
  });

  it('may be JSON Lines, with entries of either shape', async () => {
    const world = await UploadsWorld.open(database);
    const vendor = {
      ...{ vendor_id: 'v1', vendor_name: 'V', currency: 'IDR', amount: 1500.5 },
      ...{ bank_account: '12345678', bank_name: 'B', transaction_ids: ['t'] },
    };
    const pix = { external_id: 'e1', user_id: 'u', amount_cents: 100, pix_key: 'k' };
    const id = await world.given(`${JSON.stringify(vendor)}\n\n${JSON.stringify(pix)}\n`, {
      format: 'jsonl',
      autoStart: false,
    });
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      status: 'created',
      stored: 2,
      totals: [{ currency: 'BRL' }, { currency: 'IDR' }],
      batches: [{ status: 'created' }],
    });
    expect(world.chunks).toEqual([]);
  });

  it('stores nothing of a file with a row that is not valid, and reports every such row', async () => {
    const world = await UploadsWorld.open(database);
    const rows = [...someRows(11), csvRow(12, '-1'), csvRow(13), csvRow(13), 'v-14,short'];
    const id = await world.given(csvFile(rows));
    expect(await world.work(id)).toEqual(['unreadable']);
    expect(await world.show(id)).toMatchObject({
      status: 'refused',
      rows: 15,
      stored: 0,
      rejected: 3,
      batches: [],
      error: '3 of 15 rows are not valid, so none is stored.',
    });
    expect((await readRejected(world.deps, id, 0)).trim().split('\n')).toEqual([
      COLUMNS,
      "13,v-12,Vendor 12,,'-1,IDR,1234567812,Bank,t-12;u-12,,amount must be greater than 0",
      '15,v-13,Vendor 13,,10.00,IDR,1234567813,Bank,t-13;u-13,,vendor_id is the same as on line 14',
      '16,,,,,,,,,"[""v-14"",""short""]",has 2 fields instead of 7',
    ]);
    expect(await world.payouts()).toBe(0);
  });

  it('pays the valid rows of a file if the others are to be skipped', async () => {
    const world = await UploadsWorld.open(database);
    const rows = [...someRows(11), csvRow(12, '-1'), csvRow(13)];
    const id = await world.given(csvFile(rows), { onInvalid: 'skip' });
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      status: 'in_progress',
      ...{ rows: 13, stored: 12, rejected: 1 },
      rejected_url: `/batches/uploads/${id}/rejected.csv`,
    });
    expect(await world.payouts()).toBe(12);
  });

  it('gives its rows that are not valid back, and takes them when they are corrected', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(csvFile([csvRow(1), csvRow(2, 'ten'), csvRow(3, '')]), { onInvalid: 'skip' });
    await world.work(id);
    const rejected = await readRejected(world.deps, id, 0);
    expect(rejected).toContain('3,v-2,Vendor 2,,ten,IDR,123456782,Bank,t-2;u-2,,');
    const corrected = await world.given(rejected.replace('ten', '20').replace('v-3,Vendor 3,,', 'v-3,Vendor 3,,30'));
    await world.work(corrected);
    expect(await world.show(corrected)).toMatchObject({ status: 'in_progress', stored: 2 });
    const kept = [];
    for await (const key of world.files.list(`imports/${id}/`)) kept.push(`${key} ${await world.files.read(key)}`);
    expect(kept).toEqual([expect.stringMatching(/rejected-rows\/0{11}4 enc:1:[\w-]+$/)]);
  });

  it('gives them back in answers of a size that Lambda takes', async () => {
    const world = await UploadsWorld.open(database, { policy: { windowRows: 5_000 } });
    const rows = Array.from({ length: 10_000 }, (_, index) => csvRow(index + 1, `"${'"'.repeat(600)}"`));
    const id = await world.given(csvFile(rows));
    await world.work(id);
    const sizes = [];
    const lines = [];
    for (let last = 0; last >= 0; ) {
      const csv = await readRejected(world.deps, id, last);
      const given: { line: string }[] = parse(csv, { columns: true });
      sizes.push(JSON.stringify(csv).length);
      lines.push(...given.map(({ line }) => Number(line)));
      last = Number(given.at(-1)?.line ?? -1);
    }
    expect(lines).toEqual(rows.map((_, index) => index + 2));
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(6_000_000);
  });

  it('gives lines of JSON back as they are', async () => {
    const world = await UploadsWorld.open(database);
    const item = '{"external_id":"e1","user_id":"u","amount_cents":0,"pix_key":"k","extra":1.50}';
    const id = await world.given(`${item}\nnonsense\n`, { format: 'jsonl' });
    await world.work(id);
    const [, first, second] = (await readRejected(world.deps, id, 0)).split('\n');
    expect(first).toMatch(/^1,,,e1,,,,,,u,0,k,"{""extra"":1\.50}",/);
    expect(second).toBe('2,,,,,,,,,,,,"""nonsense""",is not JSON');
  });

  it.each([
    ['has only a header', csvFile([]), 'The file has no rows.'],
    ['has only rows that are not valid', csvFile([csvRow(1, 'x')]), 'No row of the file is valid.'],
    ['has other columns', 'a,b\n1,2\n', /^The first line must name the columns vendor_id, .*lacks vendor_id/],
  ])('is refused if the file %s', async (_, content, error) => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(content, { onInvalid: 'skip' });
    await world.work(id);
    const shown = await world.show(id);
    expect(shown.status).toBe('refused');
    expect(shown.error).toMatch(error);
  });

  it.each([
    ['rows', { rows: 24, bytes: 100_000 }, 'The file has more than 24 rows, the most that an upload may have.'],
    ['bytes', { rows: 25, bytes: 1_000 }, /^The file has \d{4} bytes, at most 1000 are allowed\.$/],
  ])('is refused if the file has more %s than an upload may have', async (_, most, error) => {
    const { most: usual } = (await UploadsWorld.open(database)).deps.policy;
    expect(usual).toEqual({ rows: 1_000_000, bytes: 1_000_000_000 });
    const world = await UploadsWorld.open(database, { policy: { most } });
    const id = await world.given(csvFile(someRows(25)));
    await world.work(id);
    const shown = await world.show(id);
    expect(shown).toMatchObject({ status: 'refused', stored: 0 });
    expect(shown.error).toMatch(error);
    expect(await world.payouts()).toBe(0);
  });

  it('stops at a batch that exceeds a limit of the key, sends nothing, and gives the limit back', async () => {
    const principal = aPrincipal({ limits: { maxPerDay: { IDR: '15000' } } });
    const world = await UploadsWorld.open(database, { principal });
    const id = await world.given(csvFile(someRows(25))); // 1000 minor units each
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      status: 'refused',
      stored: 10,
      open: 0,
      batches: [{ status: 'rejected' }],
      error: expect.stringContaining("this key's limit of the day"),
    });
    expect(world.chunks).toEqual([]);
    const again = await world.given(csvFile(someRows(15)));
    await world.work(again);
    expect(await world.show(again)).toMatchObject({ status: 'in_progress', stored: 15 });
  });

  it('continues with another message when its time is over', async () => {
    const world = await UploadsWorld.open(database, { policy: { sliceMs: -1 } });
    const id = await world.given(csvFile(someRows(25)));
    const outcomes = await world.work(id);
    expect(outcomes.filter((outcome) => outcome === 'continued').length).toBeGreaterThan(5);
    expect(outcomes.at(-1)).toBe('finished');
    expect(await world.show(id)).toMatchObject({ status: 'in_progress', stored: 25 });
    expect(await world.payouts()).toBe(25);
  });

  it('fails if the file is replaced before it is stored whole, and drops what is stored', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(csvFile(someRows(25)));
    let opened = 0;
    const readFrom: typeof world.imports.files.readFrom = async (...given) => {
      opened += 1;
      const content = await world.imports.files.readFrom(...given);
      if (opened === 2) await world.files.put(uploadKey(id), csvFile(someRows(3)), 'text/csv');
      return content;
    };
    const files = new Proxy(world.imports.files, {
      get: (of, name) => (name === 'readFrom' ? readFrom : Reflect.get(of, name).bind(of)),
    });
    const once = { ...world.imports, files, policy: { ...world.imports.policy, sliceMs: 0 } };
    world.now += 1;
    await importFile({ ...once, now: () => ++world.now }, id);
    while (world.sent.length > 0) {
      world.sent.pop();
      await importFile({ ...once, now: () => ++world.now }, id);
    }
    expect(await world.show(id)).toMatchObject({ status: 'refused', error: expect.stringContaining('again') });
    expect((await world.show(id)).batches.every(({ status }) => status === 'rejected')).toBe(true);
    expect(world.chunks).toEqual([]);
  });
});

describe('an upload that meets a rule', () => {
  const rule = { kind: 'batch', currency: 'IDR', totalFrom: 20_000n, approvers: 1, lapsesAfterHours: 24 } as const;
  const approvalOf = (id: ImportId) => approvalIdFor('batch', 'upload', id);

  async function waiting() {
    const world = await UploadsWorld.open(database);
    await givenRules(world.approving, rule as never); // more than a batch, less than the file
    const id = await world.given(csvFile(someRows(25)));
    await world.work(id);
    return { world, id };
  }

  it('waits for one approval over all its batches, and none can start before', async () => {
    const { world, id } = await waiting();
    expect(await world.show(id)).toMatchObject({ status: 'awaiting_approval', approval_id: approvalOf(id) });
    for (const { batch_id, status } of (await world.show(id)).batches) {
      expect(status).toBe('held');
      const started = startBatch(world.deps.payouts, batch_id as BatchId);
      await expect(started).rejects.toMatchObject({ code: 'INVALID_STATE' });
    }
    await expect(requestForAll(world.deps, id, 'start')).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await world.work(id); // a repeated message
    expect(world.chunks).toEqual([]);

    await decide(world.approving, 'bob', 'approve', { id: approvalOf(id) });
    expect(world.sent).toEqual([id]);
    await world.work(id);
    expect(await world.show(id)).toMatchObject({ status: 'in_progress' });
    expect(world.chunks).toHaveLength(10);
    expect((await world.events()).filter(({ type }) => type === 'approval.requested')).toHaveLength(1);
  });

  it('shows its approvers what the whole file asks for', async () => {
    const { world, id } = await waiting();
    const approval = await world.approving.approvals.read(approvalOf(id));
    expect(approval).toMatchObject({ subject: id, asked: { count: 25, totals: { IDR: '25000' }, newCount: 25 } });
  });

  it('ends when it is rejected, and its batches with it', async () => {
    const { world, id } = await waiting();
    await decide(world.approving, 'bob', 'reject', { id: approvalOf(id) });
    world.now += 6 * 60_000;
    expect(await recoverAll(recoverImports, world.imports)).toMatchObject({ done: { dispatched: 1 } });
    await world.work(id);
    const { status, batches } = await world.show(id);
    expect(status).toBe('rejected');
    expect(batches.map((batch) => batch.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(world.chunks).toEqual([]);
  });
});

describe('all batches of an upload', () => {
  async function stored() {
    const world = await UploadsWorld.open(database);
    const id = await world.given(csvFile(someRows(25)), { autoStart: false });
    await world.work(id);
    return { world, id };
  }

  it('are started and stopped by one request, which can be repeated', async () => {
    const { world, id } = await stored();
    await requestForAll(world.deps, id, 'start');
    await requestForAll(world.deps, id, 'start');
    expect(await world.show(id)).toMatchObject({ status: 'in_progress' });
    await world.work(id);
    expect(world.chunks).toHaveLength(10);
    await requestForAll(world.deps, id, 'stop');
    await world.work(id);
    expect(await world.show(id)).toMatchObject({ status: 'stopped' });
    await requestForAll(world.deps, id, 'start');
    await world.work(id);
    expect(await world.show(id)).toMatchObject({ status: 'in_progress' });
    const requested = (await world.events()).filter(({ type }) => type === 'upload.requested');
    expect(requested.map(({ data }) => data.wanted)).toEqual(['start', 'stop', 'start']);
  });

  /** A worker that waits before it writes to the second batch, while `meanwhile` happens. */
  const late = (world: UploadsWorld, method: 'start' | 'stop', meanwhile: () => Promise<unknown>) =>
    world.withBatches((batches) => before(batches, method, 2, meanwhile));

  it.each([
    ['start', 'stop', ['stopped', 'created', 'created']],
    ['stop', 'start', ['in_progress', 'in_progress', 'in_progress']],
    ['start', 'cancel', ['cancelling', 'cancelling', 'cancelling']],
  ] as const)(
    'follow the newer request if a worker that follows an older %s is late: %s',
    async (older, newer, statuses) => {
      const { world, id } = await stored();
      if (older === 'stop') {
        await requestForAll(world.deps, id, 'start');
        await world.work(id);
      }
      await requestForAll(world.deps, id, older);
      const worker = late(world, older, async () => {
        await (newer === 'cancel' ? cancelUpload(world.deps, id, 'wrong') : requestForAll(world.deps, id, newer));
        await importFile(world.imports, id);
      });
      await importFile(worker, id);
      await world.work(id);
      expect((await world.show(id)).batches.map(({ status }) => status)).toEqual(statuses);
    },
  );

  it('are started by recovery if the message of the request is lost', async () => {
    const { world, id } = await stored();
    await requestForAll(world.deps, id, 'start');
    world.sent = [];
    world.now += 6 * 60_000;
    await recoverAll(recoverImports, world.imports);
    expect(world.sent).toEqual([id]);
    await world.work(id);
    expect(await world.show(id)).toMatchObject({ status: 'in_progress' });
  });

  it('are in one report, in the order of the file', async () => {
    const { world, id } = await stored();
    await requestReport(world.deps, id);
    expect(await world.show(id)).toMatchObject({ report: 'writing' });
    await world.work(id);
    expect(await world.show(id)).toMatchObject({ report: 'ready' });
    const one = await world.deps.imports.read(id);
    const lines = (await world.files.read(workOf(one as never).report?.key ?? '')).toString().trim().split('\n');
    expect(lines[0]).toMatch(/^payout_id,external_id,/);
    expect(lines.slice(1).map((line) => line.split(',')[1])).toEqual(
      Array.from({ length: 25 }, (_, index) => `v-${index + 1}`),
    );
    expect(lines.join()).not.toContain('12345678');
  });

  it('are cancelled by one request', async () => {
    const { world, id } = await stored();
    await cancelUpload(world.deps, id, 'wrong file');
    await cancelUpload(world.deps, id, 'wrong file');
    await world.work(id);
    expect((await world.show(id)).batches.map(({ status }) => status)).toEqual(Array(3).fill('cancelling'));
    expect(await world.show(id)).toMatchObject({ status: 'cancelling' });
    await expect(requestForAll(world.deps, id, 'start')).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('are never sent if the upload is cancelled before its file is stored whole', async () => {
    const world = await UploadsWorld.open(database, { policy: { sliceMs: -1 } });
    const id = await world.given(csvFile(someRows(25)));
    while ((await world.show(id)).batches.length === 0) await importFile(world.imports, id);
    await cancelUpload(world.deps, id, 'wrong file');
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      status: 'refused',
      error: 'Cancelled: wrong file',
      batches: [{ status: 'rejected' }],
    });
    expect(world.chunks).toEqual([]);
  });
});

describe('an upload that is cancelled', () => {
  it('gets no further batch from a worker that is late', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(csvFile(someRows(25)));
    const meanwhile = async () => {
      await cancelUpload(world.deps, id, 'wrong file');
      await world.work(id);
    };
    expect(
      await importFile(
        world.withBatches((batches) => before(batches, 'insert', 2, meanwhile)),
        id,
      ),
    ).toBe('unreadable');
    await world.work(id);
    expect(await world.show(id)).toMatchObject({ status: 'refused', error: 'Cancelled: wrong file' });
    const batches = (await world.deps.payouts.batches.list({ limit: 9 })).items;
    expect(batches.map(({ status }) => status)).toEqual(['rejected']);
    expect((await world.events()).filter(({ type }) => type === 'batch.rejected')).toHaveLength(1);
  });

  it('when its last batch was just stored, is cancelled with its batches', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(csvFile(someRows(25)));
    const { imports } = world.deps;
    let reads = 0;
    const read: typeof imports.read = async (...given) => {
      const one = await imports.read(...given);
      reads += 1;
      if (reads === 1) await world.work(id);
      return one;
    };
    while ((await world.show(id)).status === 'awaiting_upload') await startImport(world.deps, id);
    await cancelUpload({ ...world.deps, imports: { ...imports, read } }, id, 'wrong file');
    await world.work(id);
    expect(await world.show(id)).toMatchObject({ status: 'cancelling' });
  });
});

describe('a payout whose id another payout has', () => {
  const header = 'vendor_id,vendor_name,amount,currency,bank_account,bank_name,external_id';
  const row = (number: number) => `v-${number},Vendor,10.00,IDR,12345678,Bank,p-${number}`;
  const file = (numbers: readonly number[]) => `${[header, ...numbers.map(row)].join('\n')}\n`;
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  it('refuses the whole file, also in its last batch, and the others are free again', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(file([...upTo(21), 3]));
    await world.work(id);
    const { status, batches, error } = await world.show(id);
    expect(status).toBe('refused');
    expect(error).toMatch(/Line 23: p-3 is that of the payout upl_.*-0001\.0001\.000003 already/);
    expect(batches.map((batch) => batch.status)).toEqual(['rejected', 'rejected']);
    expect(world.chunks).toEqual([]);
    const mended = await world.given(file(upTo(21)));
    await world.work(mended);
    expect(await world.show(mended)).toMatchObject({ status: 'in_progress', stored: 21 });
  });

  it('is skipped on request, in the same batch and in another one', async () => {
    const world = await UploadsWorld.open(database);
    const id = await world.given(file([...upTo(9), 9, ...upTo(12)]), { duplicates: 'skip' });
    await world.work(id);
    expect(await world.show(id)).toMatchObject({
      ...{ status: 'in_progress', rows: 22, stored: 12, duplicates: 10, rejected: 0 },
    });
    expect(await world.payouts()).toBe(12);
  });
});
