import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** @param pid the server whose Lambda processes the tests may kill @returns the exit code of the tests */
export async function runFlows(dataDir: string, { all }: { all?: boolean }, pid?: number): Promise<number> {
  const projects = ['--project=deployed', ...(all ? ['--project=sharing'] : [])];
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...projects], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, SLUICE_RUNNING: dataDir, ...(pid === undefined ? {} : { SLUICE_LAMBDA_SERVER: `${pid}` }) },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
