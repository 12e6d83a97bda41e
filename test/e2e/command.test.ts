import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runSluice, SLUICE } from '../support/sluice-command.ts';
import { csvFile, someRows } from '../support/upload-rows.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
const dir = mkdtempSync(join(tmpdir(), 'sluice-command-'));
afterAll(() => rmSync(dir, { recursive: true }));

const env = { ...process.env, SLUICE_DATA_DIR: service.dataDir };
const sluice = (...args: string[]) => runSluice(service, args);
const as = (apiKey: string, ...args: string[]) => runSluice(service, args, { env: { SLUICE_API_KEY: apiKey } });

function aFile(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

describe.concurrent('sluice batches and payouts', () => {
  it('creates a batch from CSV, waits for it, and reports as the API does', async ({ expect }) => {
    const path = aFile('three.csv', csvFile(someRows(3)));
    const created = await sluice('batches', 'create', path, '--batch-id', 'cli-three', '--watch', '--json');
    expect(created.code, created.stderr).toBe(0);
    const { body } = await service.get('/batches/cli-three');
    expect(body).toMatchObject({ status: 'completed', total_count: 3 });
    expect(JSON.parse(created.stdout)).toEqual(body);
    expect(created.stderr).toMatch(/^\w[\w ]* \d+ %/);

    const [again, csv, report, found, explained, happened, chunks, retried, moves, waits, health] = await Promise.all([
      sluice('batches', 'create', path, '--batch-id', 'cli-three', '--quiet'),
      sluice('batches', 'report', 'cli-three', '--csv'),
      sluice('batches', 'report', 'cli-three'),
      sluice('payouts', 'find', '--batch-id', 'cli-three', '--quiet'),
      sluice('payouts', 'explain', 'cli-three.0001.000001'),
      sluice('payouts', 'timeline', 'cli-three.0001.000001'),
      sluice('batches', 'chunks', 'cli-three'),
      sluice('batches', 'retry', 'cli-three'),
      sluice('payouts', 'overview'),
      sluice('overview'),
      sluice('health'),
    ]);
    expect(again).toEqual({ code: 0, stdout: 'cli-three\n', stderr: '' });
    expect(csv.stdout).toBe((await service.get('/batches/cli-three/report', { Accept: 'text/csv' })).text);
    expect(report.stdout).toMatch(/^ended +3 of 3$/m);
    expect(report.stdout).toMatch(/^paid +3 {2}IDR 30\.00$/m);
    const { payouts } = (await service.get('/payouts?batch_id=cli-three')).body;
    expect(found.stdout.trim().split('\n')).toEqual(payouts.map((each: { payout_id: string }) => each.payout_id));
    expect(chunks.stdout).toMatch(/^1 +3 +3 completed$/m);
    expect(retried.stdout).toBe('The batch cli-three is completed. Payouts retried: 0.\n');
    expect(moves.stdout).toMatch(/^last hour +\d+ completed/m);
    expect(waits.stdout).toMatch(/^CIRCUIT TO +STATE +SINCE \(UTC\)\nbank +closed\n/);
    expect(health).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The service is ok\.\n\nCHECK +RESULT\ndatabase +up\n/),
    });
    for (const name of ['queue', 'bank', 'gateway', 'chain'])
      expect(health.stdout).toMatch(RegExp(`^${name} +up$`, 'm'));
    expect(waits.stdout).toMatch(/^rail notifications +\d+$/m);
    expect(explained.stdout).toMatch(/^cli-three\.0001\.000001 is completed\.\n/);
    expect(explained.stdout).toContain('Nothing happens without a person.');
    expect(happened.stdout).toMatch(/^TIME \(UTC\) .*\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +created /);
  });

  it('shows what a request would do, and stores nothing; with a wrong amount this is a refusal', async ({ expect }) => {
    const good = aFile('dry.json', JSON.stringify([payout('1.00')]).replace('"1.00"', '1.00'));
    const bad = aFile('bad.json', JSON.stringify([payout('1.005')]).replace('"1.005"', '1.005'));
    const dry = (path: string) => sluice('batches', 'create', path, '--batch-id', 'cli-dry', '--dry-run');
    const [accepted, refused] = await Promise.all([dry(good), dry(bad)]);
    expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining('1 payouts would be stored: PHP 1.00') });
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('payouts[0].amount: ') });
    expect((await service.get('/batches/cli-dry')).status).toBe(404);
  });

  it('leaves a batch alone if Ctrl-C ends the watching, and watches it again', async ({ expect }) => {
    const path = aFile('watched.csv', csvFile(someRows(2)));
    await sluice('batches', 'create', path, '--batch-id', 'cli-watched', '--no-start');
    const watching = spawn(process.execPath, [SLUICE, 'batches', 'watch', 'cli-watched'], { env });
    let errors = '';
    watching.stderr.on('data', (piece) => {
      errors += piece;
    });
    const output = text(watching.stdout);
    await vi.waitFor(() => expect(errors).toContain('created 0 %'), { timeout: 20_000 });
    watching.kill('SIGINT');
    expect(await once(watching, 'close')).toEqual([130, null]);
    expect(errors).toContain('continues without this command. To watch it again: npx sluice batches watch cli-watched');
    expect(await output).toBe('');
    expect((await service.get('/batches/cli-watched')).body).toMatchObject({ status: 'created' });

    const inTime = await sluice('batches', 'watch', 'cli-watched', '--timeout', '1s', '--quiet');
    expect(inTime).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^The batch cli-watched has not/),
    });
    const cancelled = await sluice('batches', 'cancel', 'cli-watched', '--reason', 'a test');
    expect(cancelled.stdout).toMatch(/^cancelled for +a test$/m);
    const ended = await sluice('batches', 'watch', 'cli-watched');
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringMatching(/^status +cancelled$/m) });
  });

  const payout = (amount: string) => ({
    ...{ vendor_id: 'v', vendor_name: 'V', amount, currency: 'PHP', bank_account: '123', bank_name: 'Bank' },
  });
});

describe.concurrent('the exit code of sluice', () => {
  it('is 1 if the service refuses the request: a wrong key, an unknown id', async ({ expect }) => {
    const [wrongKey, unknown] = await Promise.all([
      as('wrong', 'batches', 'list'),
      sluice('batches', 'get', 'cli-none'),
    ]);
    expect(wrongKey).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('X-API-Key') });
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('cli-none') });
  });

  it('is 2 for wrong usage', async ({ expect }) => {
    const runs = await Promise.all([
      sluice('batches', 'list', '--json', '--quiet'),
      sluice('payouts', 'find'),
      sluice('bank', 'mode', 'unheard-of'),
    ]);
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(runs.map(() => [2, '']));
  });

  it('is 3 if the service is away, with the id under which a write can be repeated', async ({ expect }) => {
    const path = aFile('away.csv', csvFile(someRows(1)));
    const ran = await as('any', '--url', 'http://127.0.0.1:1', 'batches', 'create', path);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toMatch(/cannot be reached\. It is not known .* again with --batch-id batch_[0-9a-f]{32}:/);
  });

  it('is that of the command if the reader of the output ends first', async ({ expect }) => {
    const script = `set -o pipefail; '${process.execPath}' '${SLUICE}' batches list | true`;
    const shell = spawn('bash', ['-c', script], { env });
    const [errors] = await Promise.all([text(shell.stderr), text(shell.stdout), once(shell, 'close')]);
    expect([shell.exitCode, errors]).toEqual([0, '']);
  });
});

it('keeps the keys of stages in a file that only its owner can read', async () => {
  const { api, apiKey } = service.endpoints;
  const home = { XDG_CONFIG_HOME: join(dir, 'config'), SLUICE_DATA_DIR: join(dir, 'none') };
  const run = (args: string[], more = {}) => runSluice(service, args, { env: { ...home, ...more } });
  const path = join(home.XDG_CONFIG_HOME, 'sluice/profiles.json');
  const added = await run(['profiles', 'add', 'here', api], { SLUICE_API_KEY: apiKey });
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(path) });
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  expect(added.stdout + added.stderr).not.toContain(apiKey);

  const listed = await run(['--profile', 'here', 'batches', 'list', '--limit', '1', '--json']);
  expect(JSON.parse(listed.stdout)).toMatchObject({ batches: [{ batch_id: expect.any(String) }] });
  const other = await run(['--profile', 'there', 'batches', 'list']);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no profile there.') });
  chmodSync(path, 0o640);
  const readable = await run(['--profile', 'here', 'batches', 'list']);
  expect(readable).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`chmod 600 ${path}`) });
  chmodSync(path, 0o600);
  expect((await run(['profiles', 'remove', 'here'])).code).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe('{}\n');
});
