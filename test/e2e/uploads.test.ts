import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf, textOf } from '../../scripts/verify/report.ts';
import { verifyAll } from '../../scripts/verify/verify.ts';
import { Service } from '../support/service.ts';
import { runSluice } from '../support/sluice-command.ts';
import { csvFile, someRows } from '../support/upload-rows.ts';

const ROWS = 4_000;
const BATCHES = 8;
/** Small batches, and the shortest lease that may be set. */
const SETTINGS = { IMPORT_WINDOW_ROWS: `${ROWS / BATCHES}`, PAYOUT_CHUNK_LEASE_MS: '6000' };

const service = new Service();
beforeAll(() => service.start(SETTINGS));
afterAll(() => service.stop());

describe('kill -9 while a file is stored, and again while it is paid', () => {
  it('pays every payout once, and the command can wait again', { timeout: 150_000 }, async () => {
    await service.setBank({ mode: 'happy', latency_ms: [20, 60] });
    const path = join(service.dataDir, 'payouts.csv');
    writeFileSync(path, csvFile(someRows(ROWS)));
    let id: string | undefined;
    const onError = (text: string) => {
      id = /upl_[0-9a-f]{32}/.exec(text)?.[0];
    };
    const show = async () => (id ? (await service.get(`/batches/uploads/${id}`)).body : { stored: 0 });
    const uploading = runSluice(service, ['batches', 'upload', path, '--paid'], { onError });
    const stored = await reached(show, (upload) => upload.stored > 0);
    await service.kill();
    expect(stored).toMatchObject({ status: 'storing', counts: { completed: 0 } });
    expect(await uploading).toMatchObject({ code: 3, stderr: expect.stringContaining(`batches wait ${id} --paid`) });

    await service.start(SETTINGS);
    const waitAgain = () => runSluice(service, ['batches', 'wait', id ?? '', '--paid']);
    const waiting = waitAgain();
    const audit = () => service.bankAudit(`${id}-`);
    const paid = await reached(audit, ({ moved }) => moved > ROWS / 4);
    await service.kill();
    expect(paid.moved).toBeLessThan(ROWS);
    expect((await waiting).code).toBe(3);

    await service.start(SETTINGS);
    const { code, stdout } = await waitAgain();
    expect(stdout).toContain(`${id}  completed\n${ROWS} rows: ${ROWS} stored in ${BATCHES} batches`);
    expect(stdout).toContain(`Payouts: ${ROWS} completed, 0 open`);
    expect(code).toBe(0);
    expect(await audit()).toMatchObject({ moved: ROWS, moved_more_than_once: 0 });
    const all = await verifyAll(service.endpoints);
    expect(exitCodeOf(all), all.map(textOf).join('\n')).toBe(0);
  });
});

async function reached<Seen>(read: () => Promise<Seen>, isSo: (seen: Seen) => boolean): Promise<Seen> {
  for (const deadline = Date.now() + 60_000; ; await setTimeout(20)) {
    const seen = await read();
    if (isSo(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`It is still ${JSON.stringify(seen)}`);
  }
}
