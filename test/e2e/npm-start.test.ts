import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { becomesFree, freePort } from '../../localstack/embedded/ports.ts';
import type { Endpoints } from '../../localstack/embedded/settings.ts';

type Process = ChildProcessByStdio<null, Readable, Readable>;

interface Started {
  child: Process;
  env: Record<string, string>;
  endpoints: Endpoints;
}

const script = join(import.meta.dirname, '..', '..', 'localstack', 'embedded', 'start.ts');

async function givenSettings(): Promise<Record<string, string>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-start-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const names = ['SLUICE_PORT', 'SLUICE_AWS_PORT', 'SLUICE_BANK_PORT', 'SLUICE_LAB_PORT'];
  const ports = names.map(async (name) => [name, String(await freePort())]);
  return { ...Object.fromEntries(await Promise.all(ports)), SLUICE_DATA_DIR: dataDir };
}

function run(env: Record<string, string>): Process {
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Waits until endpoints.json reports that the service is ready. */
async function start(env: Record<string, string>): Promise<Started> {
  const child = run(env);
  const file = join(env.SLUICE_DATA_DIR ?? '', 'endpoints.json');
  const deadline = Date.now() + 30_000;
  while (!existsSync(file)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`not ready: ${await text(child.stderr)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { child, env, endpoints: JSON.parse(readFileSync(file, 'utf8')) as Endpoints };
}

const ports = ({ env }: Started) =>
  [env.SLUICE_PORT, env.SLUICE_AWS_PORT, env.SLUICE_BANK_PORT, env.SLUICE_LAB_PORT].map(Number);

describe('npm start', { timeout: 60_000 }, () => {
  it('answers unknown routes and bad requests in the one error shape, and stops cleanly', async () => {
    const started = await start(await givenSettings());
    const { api, apiKey } = started.endpoints;
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${api}${path}`, init);
      const { error } = (await response.json()) as { error?: { code: string; request_id: string } };
      return [response.status, error?.code, typeof error?.request_id];
    };
    const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
    const large = { method: 'POST', headers, body: JSON.stringify('x'.repeat(7_000_000)) };
    const unauthorized = [401, 'UNAUTHORIZED', 'string'];
    expect(await ask('/batches')).toEqual(unauthorized);
    expect(await ask('/batches', { headers: { 'x-api-key': 'wrong' } })).toEqual(unauthorized);
    expect(await ask('/nowhere', { headers })).toEqual([404, 'NOT_FOUND', 'string']);
    expect(await ask('/batches', { method: 'PUT', headers })).toEqual([404, 'NOT_FOUND', 'string']);
    expect(await ask('/batches', large)).toEqual([413, 'PAYLOAD_TOO_LARGE', 'string']);
    expect((await fetch(`${api}/health`)).status).toBe(200);

    const taken = run({ ...started.env, SLUICE_DATA_DIR: `${started.env.SLUICE_DATA_DIR}/other` });
    expect(await text(taken.stderr)).toMatch(/^Port \d+ is in use. .*SLUICE_(PORT|AWS_PORT|BANK_PORT|LAB_PORT)\.\n$/);

    const exited = once(started.child, 'exit');
    started.child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(existsSync(join(started.env.SLUICE_DATA_DIR ?? '', 'endpoints.json'))).toBe(false);
  });

  it('leaves no process behind after kill -9, and starts again with the same key', async () => {
    const killed = await start(await givenSettings());
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    for (const port of ports(killed)) expect(await becomesFree(port, 5_000)).toBe(true);
    expect((await start(killed.env)).endpoints).toEqual(killed.endpoints);
  });
});
