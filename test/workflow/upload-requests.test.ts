import { describe, expect, it } from 'vitest';
import { startImport } from '../../lib/imports/begin-import.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import { recoverImports } from '../../lib/imports/recover-imports.ts';
import type { BatchStore } from '../../lib/payouts/batch-store.ts';
import { cancelUpload, requestForAll, requestReport } from '../../lib/uploads/request-upload.ts';
import { workOf } from '../../lib/uploads/upload.ts';
import { givenAStack } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { csvFile, someRows } from '../support/upload-rows.ts';
import { UploadsWorld } from '../support/uploads-world.ts';

const database = await givenAStack();

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

  /** A worker that waits before it writes to the second batch, until another worker has run. */
  const late = (world: UploadsWorld, method: 'start' | 'stop', other: () => Promise<unknown>) =>
    world.withBatches((batches) => before(batches, method, 2, other));

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
    const other = async () => {
      await cancelUpload(world.deps, id, 'wrong file');
      await world.work(id);
    };
    expect(
      await importFile(
        world.withBatches((batches) => before(batches, 'insert', 2, other)),
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
