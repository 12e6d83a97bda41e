import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LaboratoryState, LaboratoryVerify } from '../../localstack/embedded/laboratory/shapes.ts';
import { isRunning } from '../../scripts/processes.ts';
import { Service, vendorBatch } from '../support/service.ts';
import { runSluice } from '../support/sluice-command.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

const MARKED = { 'X-Sluice-Console': '1', 'Content-Type': 'application/json' };

type Answered = { readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly text: string };

/** Not fetch, which sends its own Host. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(`${service.endpoints.laboratory}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject).end(body);
  });
}

const post = (path: string, body: object = {}) => ask('POST', path, MARKED, JSON.stringify(body));
const state = async (): Promise<LaboratoryState> => JSON.parse((await ask('GET', '/state')).text);
const pidsOf = ({ processes }: LaboratoryState) => Object.fromEntries(processes.map(({ name, pid }) => [name, pid]));

/** Asks for runs until one has ended that began after this call. */
async function verified(): Promise<LaboratoryVerify> {
  const asked = new Date().toISOString();
  for (;;) {
    const last: LaboratoryVerify = JSON.parse((await post('/verify')).text);
    if (last.error) throw new Error(last.error);
    const begun = Date.parse(last.ended_at ?? '') - (last.duration_ms ?? 0);
    if (begun >= Date.parse(asked)) return last;
    await setTimeout(200);
  }
}

describe('who may use the port', () => {
  const port = () => new URL(`${service.endpoints.laboratory}`).port;
  const apiPort = () => new URL(service.endpoints.api).port;

  it.each<[string, string, string, () => Record<string, string>, number]>([
    [
      'a name that was made to resolve to this machine',
      'GET',
      '/state',
      () => ({ Host: `evil.example:${port()}` }),
      403,
    ],
    ['another port in the Host', 'GET', '/state', () => ({ Host: `127.0.0.1:${apiPort()}` }), 403],
    ['another origin that reads', 'GET', '/state', () => ({ Origin: 'http://evil.example' }), 403],
    ['another origin that changes', 'POST', '/bank', () => ({ ...MARKED, Origin: 'http://evil.example' }), 403],
    ['another port of this machine', 'POST', '/kill', () => ({ ...MARKED, Origin: 'http://127.0.0.1:1' }), 403],
    ['a page without an origin', 'POST', '/restart', () => ({ ...MARKED, Origin: 'null' }), 403],
    [
      'an origin that begins like the console',
      'POST',
      '/kill',
      () => ({ ...MARKED, Origin: `${service.endpoints.api}.evil.example` }),
      403,
    ],
    ['no custom header', 'POST', '/kill', () => ({ 'Content-Type': 'application/json' }), 403],
    ['a form', 'POST', '/kill', () => ({ ...MARKED, 'Content-Type': 'application/x-www-form-urlencoded' }), 415],
    ['a form of text', 'POST', '/restart', () => ({ ...MARKED, 'Content-Type': 'text/plain' }), 415],
    ['a preflight request of another origin', 'OPTIONS', '/kill', () => ({ Origin: 'http://evil.example' }), 403],
    ['a preflight request of no origin', 'OPTIONS', '/kill', () => ({}), 403],
    ['GET of what changes something', 'GET', '/kill', () => ({}), 404],
  ])('refused: %s', async (_, method, path, headers, status) => {
    const before = pidsOf(await state());
    const answer = await ask(method, path, headers());
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([status, undefined]);
    expect(pidsOf(await state())).toEqual(before);
  });

  it('refused: a body that is too large', async () => {
    expect((await ask('POST', '/bank', MARKED, 'x'.repeat(2_000_000))).status).toBe(413);
  });

  it('the console may, by both names of this machine', async () => {
    for (const Origin of [`http://127.0.0.1:${apiPort()}`, `http://localhost:${apiPort()}`]) {
      const preflight = await ask('OPTIONS', '/bank', { Origin, 'Access-Control-Request-Method': 'POST' });
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, Origin]);
      expect(preflight.headers['access-control-allow-headers']).toBe('content-type, x-sluice-console');
      const read = await ask('GET', '/state', { Origin, Host: `localhost:${port()}` });
      expect([read.status, read.headers['access-control-allow-origin']]).toEqual([200, Origin]);
    }
  });

  it('is no route of the API, and only the page of this machine may call it', async () => {
    expect((await service.get('/state')).status).toBe(404);
    const page = await fetch(`${service.endpoints.api}/console/`);
    const { laboratory, aws } = service.endpoints;
    expect(page.headers.get('content-security-policy')).toContain(
      `connect-src 'self' ${laboratory} ${aws}/sluice-local-filesbucket/imports/;`,
    );
  });
});

describe('what it does', () => {
  it('shows the processes and changes how the bank behaves', async () => {
    const { processes, bank, restarting } = await state();
    expect([processes.length, restarting, bank?.mode]).toEqual([4, false, 'happy']);
    for (const { pid } of processes) expect(isRunning(pid)).toBe(true);

    const declined = await post('/bank', { mode: 'declined', code: 'ACCOUNT_BLOCKED', latency_ms: [5, 10] });
    expect([declined.status, JSON.parse(declined.text)]).toMatchObject([
      200,
      { mode: 'declined', latency_ms: [5, 10] },
    ]);
    expect((await state()).bank).toMatchObject({ mode: 'declined', latency_ms: [5, 10] });
    await service.post('/batches', vendorBatch(10, 'declined'));
    expect((await service.finished('declined')).counts.failed).toBe(10);
    const { failures_by_code: reasons } = await service.client.batches.report('declined');
    expect(reasons).toMatchObject([{ code: 'ACCOUNT_BLOCKED', count: 10 }]);

    const refused = await post('/bank', { mode: 'kind' });
    expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([400, 'BAD_REQUEST']);
    expect((await state()).bank?.mode).toBe('declined');
  });

  it('kills the functions in the middle of a batch: they go on, and every payout is paid once', async () => {
    await post('/bank', { mode: 'latency', latency_ms: [100, 300] });
    await service.post('/batches', vendorBatch(1_000, 'restarted'));
    await service.batchUntil('restarted', ({ counts }) => counts.completed > 100);
    const { 'functions and API': killed, ...others } = pidsOf(await state());
    expect((await post('/restart')).status).toBe(202);
    expect((await post('/restart')).status).toBe(409);
    await expect.poll(() => isRunning(killed ?? 0), { timeout: 5_000 }).toBe(false);
    await expect(fetch(`${service.endpoints.api}/health`)).rejects.toThrow();
    await expect.poll(async () => (await state()).restarting, { timeout: 30_000 }).toBe(false);

    const { 'functions and API': started, ...same } = pidsOf(await state());
    expect(started).not.toBe(killed);
    expect(same).toEqual(others);
    expect((await state()).processes.map(({ restarts }) => restarts)).toEqual([1, 0, 0, 0]);
    expect((await service.get('/batches/restarted')).body.status).toBe('in_progress');
    expect((await service.finished('restarted', 90_000)).counts.completed).toBe(1_000);
    expect(await service.bankAudit('restarted.')).toMatchObject({ moved: 1_000, moved_more_than_once: 0 });
  }, 120_000);

  it('checks every invariant, and says since when each holds', async () => {
    const first = await verified();
    expect(first.checks.length).toBeGreaterThan(50);
    expect(first.checks.filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(first.domains).toContainEqual(expect.objectContaining({ domain: 'payouts', examined: expect.any(String) }));
    const again = await verified();
    expect(again.ended_at).not.toBe(first.ended_at);
    expect(again.checks).toEqual(first.checks);
  });

  it('keeps the rules that a command has replaced, when another one restarts the functions', async () => {
    const sluice = (...args: string[]) => runSluice(service, args);
    const read = JSON.parse((await sluice('rules', 'get', '--json')).stdout);
    expect(read.rules).toEqual([]);
    const path = join(service.dataDir, 'rules.json');
    const rule = { kind: 'batch', currency: 'IDR', total_from_minor: '100000', approvers: 1 };
    writeFileSync(path, JSON.stringify({ ...read, rules: [{ ...rule, lapses_after_hours: 24 }] }));
    const replaced = await sluice('rules', 'replace', path);
    expect(replaced.code, replaced.stderr).toBe(0);
    expect(replaced.stdout).toMatch(
      /^batch +IDR +IDR 1,?000\.00 .*\n\nThey hold for requests from ten seconds later\.$/m,
    );
    expect((await service.client.approvalRules.get()).rules).toMatchObject([rule]);
    const restarted = await sluice('lab', 'restart');
    expect(restarted).toEqual({ code: 0, stdout: 'The functions and the API are restarted.\n', stderr: '' });
    await expect.poll(async () => (await state()).restarting, { timeout: 30_000 }).toBe(false);
    expect((await state()).processes.map(({ restarts }) => restarts)).toEqual([2, 0, 0, 0]);
    writeFileSync(path, (await sluice('rules', 'get', '--json')).stdout);
    expect((await sluice('rules', 'replace', path)).code).toBe(0);
    expect((await service.client.approvalRules.get()).rules).toMatchObject([rule]);
  });

  it('kills every process; npm start continues with the same data', async () => {
    const pids = Object.values(pidsOf(await state()));
    const killed = await runSluice(service, ['lab', 'kill', '--json']);
    expect([killed.code, JSON.parse(killed.stdout)]).toEqual([0, { continue_with: 'npm start' }]);
    await expect.poll(() => pids.filter(isRunning), { timeout: 5_000 }).toEqual([]);
    expect((await runSluice(service, ['lab', 'kill'])).code).toBe(3);
    await service.start();
    expect((await state()).bank?.mode).toBe('latency');
    expect((await service.get('/batches/restarted')).body.counts.completed).toBe(1_000);
  });
});
