import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { KEY_SCOPES } from '../../lib/kernel/principal.ts';
import { eventually } from '../contract/embedded-stack.ts';
import { runScript } from '../support/script.ts';
import { Service } from '../support/service.ts';

/** Data that the previous version wrote: see test/fixtures/README.md. */
const ARCHIVE = join(import.meta.dirname, '../fixtures/data-version-1.tar.gz');
const service = new Service();
const STARTED_AT = Date.now();

beforeAll(async () => {
  execFileSync('tar', ['-xzf', ARCHIVE, '-C', service.dataDir]);
  await service.start({ PAYOUT_RETRY_MAX_DELAY_MS: '500', WITHDRAWAL_RETRY_MAX_DELAY: '500ms' });
  await service.setBank({ mode: 'happy', lookups: 'ok' });
});
afterAll(() => service.stop());

const command = (name: 'migrate' | 'verify', ...args: string[]) =>
  runScript(service, `scripts/${name}/main.ts`, ...args);

const withdrawalsOf = async (user: string) => (await service.get(`/withdrawals?user_id=${user}`)).body.withdrawals;

it('keeps its API key, which may do everything', async () => {
  expect(service.endpoints.apiKey).toMatch(/^local_/);
  const { body } = await service.get('/keys/self');
  expect(body).toMatchObject({ name: 'npm start', status: 'active', scopes: [...KEY_SCOPES], limits: {} });
});

it('pays the open payouts once', async () => {
  for (const id of ['unknown', 'in-flight'])
    expect(await service.finished(id, 90_000)).toMatchObject({ total_count: 70 });
  expect(await service.bankAudit('unknown.')).toMatchObject({ moved: 70, moved_more_than_once: 0 });
  expect(await service.bankAudit('in-flight.')).toMatchObject({ moved: 70, moved_more_than_once: 0 });
}, 120_000);

it('resumes a stopped batch and starts a waiting one', async () => {
  for (const id of ['stopped', 'waiting']) {
    expect((await service.post(`/batches/${id}/start`)).status).toBe(202);
    expect((await service.finished(id)).status).toBe('completed');
    expect(await service.bankAudit(`${id}.`)).toMatchObject({ moved_more_than_once: 0 });
  }
});

it('shows a finished batch unchanged', async () => {
  const { body } = await service.get('/batches/finished');
  expect(body).toMatchObject({ status: 'partially_completed', total_count: 120, run: 1 });
  const report = await service.get('/batches/finished/report');
  expect(report.body.failures.length).toBe(body.counts.failed);
});

it('completes open withdrawals', async () => {
  await eventually(
    async () => [...(await withdrawalsOf('ana')), ...(await withdrawalsOf('ben'))],
    (all) => all.length === 5 && all.every(({ status }) => ['COMPLETED', 'FAILED'].includes(status)),
    90,
  );
  const failed = (await withdrawalsOf('ben')).find((one: { idempotency_key: string }) => one.idempotency_key === 'w-2');
  expect(failed).toMatchObject({ status: 'FAILED' });
}, 120_000);

it('resolves pending payments, and reads wallets and statements', async () => {
  await eventually(
    async () => (await service.get('/wallets/ana/transactions')).body.transactions,
    (lines) => lines.length > 0,
  );
  const { body } = await service.get('/wallets/ana/balance');
  expect(body.balances.map(({ currency }: { currency: string }) => currency)).toEqual(['BTC', 'ETH', 'IDR']);
});

it('has the journal entries of payments and withdrawals', async () => {
  const { transactions: lines } = (await service.get('/wallets/ana/transactions?limit=500')).body;
  const paid = new Set<string>(lines.flatMap(({ payment_id: id }: { payment_id: string | null }) => id ?? []));
  const typesOf = async (path: string) =>
    (await service.get(`${path}/entries`)).body.entries.map(({ type }: { type: string }) => type);
  const approved: string[] = [];
  for (const id of paid) {
    const { status } = (await service.get(`/payments/${id}`)).body;
    if (status === 'APPROVED') approved.push(id);
  }
  expect(approved.length).toBeGreaterThan(0);
  for (const id of approved) expect((await typesOf(`/payments/${id}`)).slice(0, 2)).toEqual(['PAYMENT', 'CAPTURE']);
  for (const { withdrawal_id: id, status, source } of await withdrawalsOf('ana')) {
    if (status !== 'COMPLETED' || source !== 'wallet') continue;
    expect(await typesOf(`/withdrawals/${id}`)).toEqual(['HOLD', 'CAPTURE']);
  }
});

it('reads orders, imports, jobs and the deny-list', async () => {
  expect((await service.get('/products/ticket')).body).toMatchObject({ stock: 0, sold: 5 });
  const [job] = (await service.get('/jobs')).body.jobs;
  expect(job).toMatchObject({ status: 'COMPLETED', settlements: 7 });
  expect((await service.get('/denied-addresses?network=bitcoin')).body.addresses).toHaveLength(1);
  expect((await service.get('/transactions/s-0')).body).toMatchObject({ merchant_id: 'm-0' });
});

it('migrates', async () => {
  expect((await service.get('/health')).body).toMatchObject({ status: 'mismatch', migrations: { found: 1 } });
  const { code, output } = await command('migrate', 'up');
  expect(code, output).toBe(0);
  await vi.waitFor(async () => expect((await service.get('/health')).body.status).toBe('ok'), 10_000); // it is cached
}, 30_000);

it('has the earlier events in the audit log and in the counters', async () => {
  const { body } = await service.get('/audit?from=2026-11-01T00:00:00Z&to=2026-11-30T00:00:00Z&limit=500');
  const earlier = body.events.filter(({ time }: { time: string }) => Date.parse(time) < STARTED_AT);
  const types = new Set(earlier.map(({ type }: { type: string }) => type));
  expect([...types]).toEqual(expect.arrayContaining(['payment.created', 'withdrawal.created', 'batch.completed']));
  expect((await service.get('/metrics')).text).toMatch(/sluice_payments_total\{outcome="created",currency="IDR"\} \d+/);
});

it('verifies clean', async () => {
  const { code, output } = await command('verify');
  expect(code, output).toBe(0);
}, 90_000);
