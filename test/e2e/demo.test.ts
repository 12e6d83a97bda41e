import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { descendantsOf, isRunning } from '../../scripts/processes.ts';
import { SLUICE } from '../support/sluice-command.ts';

type Demo = ChildProcessByStdio<null, Readable, null>;

/** Its files are in a directory of the test. */
function givenDemo(): { readonly demo: Demo; readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-demo-'));
  const demo = spawn(process.execPath, [SLUICE, 'demo'], {
    env: { ...process.env, TMPDIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    demo.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return { demo, dir };
}

/** @returns the groups of the first match in what it prints */
async function printed(demo: Demo, pattern: RegExp): Promise<readonly string[]> {
  let text = '';
  for await (const piece of demo.stdout.iterator({ destroyOnReturn: false })) {
    text += piece;
    const [, ...groups] = pattern.exec(text) ?? [];
    if (groups.length > 0) return groups;
  }
  throw new Error(`The demo has not printed ${pattern}:\n${text}`);
}

it('says where to watch its batches while they are paid; Ctrl-C leaves neither processes nor files', async () => {
  const { demo, dir } = givenDemo();
  const [api, key = ''] = await printed(demo, /Watch it at (\S+)\/console\/ with the key (\S+)/);
  expect((await fetch(`${api}/console/`)).status).toBe(200);
  await printed(demo, /(seed-42-5000) \d+ %/);
  const { batches } = (await (await fetch(`${api}/batches`, { headers: { 'X-API-Key': key } })).json()) as {
    batches: { total_count: number }[];
  };
  expect(batches.map(({ total_count: total }) => total).sort((a, b) => a - b)).toEqual([100, 1_000, 5_000]);

  const pids = descendantsOf(demo.pid ?? 0);
  expect(pids.length).toBeGreaterThan(0);
  demo.stdout.resume();
  demo.kill('SIGINT');
  expect(await once(demo, 'exit')).toEqual([130, null]);
  await expect.poll(() => pids.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  expect(readdirSync(dir)).toEqual([]);
});
