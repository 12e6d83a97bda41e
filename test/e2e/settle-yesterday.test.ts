import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exitCodeOf, textOf } from '../../scripts/verify/report.ts';
import { verifyAll } from '../../scripts/verify/verify.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
const DAY_MS = 86_400_000;

function settleYesterday(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const script = join(import.meta.dirname, '../../scripts/settlement/yesterday.ts');
  const env = { ...process.env, SLUICE_DATA_DIR: service.dataDir };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

it('npm run settle:yesterday settles the last whole day once, for any number of runs', async () => {
  const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
  const { body: before } = await service.get('/jobs?limit=500');
  const first = await settleYesterday();
  const id = /job_[0-9a-f]{32}/.exec(first.stdout)?.[0];
  const { body } = await service.get(`/jobs/${id}`);
  expect(body).toMatchObject({ status: 'COMPLETED', from: yesterday, to: yesterday });
  // The rule, too, may have settled the day.
  const isOld = before.jobs.some(({ job_id }: { job_id: string }) => job_id === id);
  const heading = isOld ? `${yesterday} already has job ${id}` : `Job ${id} settles ${yesterday}`;
  expect(first).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`${heading}\nCOMPLETED: ${body.transactions} transactions`),
  });
  const verified = await verifyAll(service.endpoints, { domains: ['settlement'], id });
  expect(exitCodeOf(verified), verified.map(textOf).join('\n')).toBe(0);
  expect(Date.parse(body.created_at) - Date.parse(body.to)).toBeGreaterThan(DAY_MS - 1);
  expect(Date.parse(body.created_at) - Date.parse(body.to)).toBeLessThan(2 * DAY_MS);
  expect((await settleYesterday()).stdout).toContain(`already has job ${id}`);
});

it('reports a missing function', async () => {
  expect(await settleYesterday('--stage', 'nowhere')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('sluice-nowhere-settleYesterday'),
  });
});
