import { describe, expect, it } from 'vitest';
import { approvalIdFor } from '../../lib/access/approval.ts';
import { type ImportId, uploadKey } from '../../lib/imports/import.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import { recoverImports } from '../../lib/imports/recover-imports.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { startBatch } from '../../lib/payouts/start-batch.ts';
import { requestForAll } from '../../lib/uploads/request-upload.ts';
import { decide, givenRules } from '../support/approvals.ts';
import { givenAStack } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';
import { recoverAll } from '../support/recovery.ts';
import { csvFile, someRows } from '../support/upload-rows.ts';
import { UploadsWorld } from '../support/uploads-world.ts';

const database = await givenAStack();

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
