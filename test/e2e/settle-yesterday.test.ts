import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sharedService } from './shared-service.ts';

const service = sharedService();

function settleYesterday(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(import.meta.dirname, '../../scripts/settlement/yesterday.ts');
  const env = { ...process.env, SLUICE_DATA_DIR: service.dataDir };
  return spawnSync(process.execPath, [script, ...args], { env, encoding: 'utf8' });
}

it('npm run settle:yesterday settles the last whole day once, for any number of runs', async () => {
  const first = settleYesterday();
  expect(first).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('COMPLETED: 0 transactions'),
  });
  const id = /job_[0-9a-f]{32}/.exec(first.stdout)?.[0];
  const { body } = await service.get(`/jobs/${id}`);
  expect(body).toMatchObject({ status: 'COMPLETED', from: body.to });
  expect(Date.parse(body.created_at) - Date.parse(body.to)).toBeGreaterThan(86_400_000 - 1);
  expect(Date.parse(body.created_at) - Date.parse(body.to)).toBeLessThan(2 * 86_400_000);
  expect(settleYesterday().stdout).toContain(`already has job ${id}`);
});

it('reports a missing function', () => {
  expect(settleYesterday('--stage', 'nowhere')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('sluice-nowhere-settleYesterday'),
  });
});
