import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPECTED_VERSION } from '../../lib/system/data-version.ts';
import { type RunningBank, startBank } from '../../localstack/bank/server.ts';
import { type Stack, startStack } from '../../localstack/embedded/stack.ts';
import { exitCodeOf } from '../../scripts/verify/report.ts';
import { verifyAll } from '../../scripts/verify/verify.ts';
import { Service, vendorBatch } from '../support/service.ts';

/**
 * AWS and the bank run on their own, as under `docker compose up`. The embedded stack replaces LocalStack,
 * unless SLUICE_TEST_AWS=http://localhost:4566 names a running one.
 */
const service = new Service('external');
const id = `outside-${Date.now()}`; // a running LocalStack may hold batches of earlier runs
let directory: string;
let stack: Stack | undefined;
let bank: RunningBank;

/** The shortest lease possible: after a kill -9 the work waits until it expires. */
const env = { BANK_DEADLINE_MS: '500', PAYOUT_CHUNK_LEASE_MS: '3000', RECOVERY_AFTER_MS: '1000' };
const start = () => {
  const endpoints = { AWS_ENDPOINT_URL: process.env.SLUICE_TEST_AWS ?? stack?.endpoint ?? '' };
  return service.start({ ...env, ...endpoints, SLUICE_BANK_PORT: new URL(bank.url).port });
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-outside-'));
  if (process.env.SLUICE_TEST_AWS === undefined) stack = await startStack({ dataDir: directory });
  bank = await startBank({ port: 0, ledgerFile: ':memory:' });
  await start();
  await service.setBank({ mode: 'random', seed: 5, latency_ms: [10, 60] });
});
afterAll(async () => {
  await service.stop();
  await Promise.all([stack?.stop(), bank.stop()]);
  await rm(directory, { recursive: true, force: true });
});

describe('npm run start:localstack', () => {
  it('uses the AWS and the bank that are running', async () => {
    expect(service.endpoints).toMatchObject({ aws: process.env.SLUICE_TEST_AWS ?? stack?.endpoint, bank: bank.url });
    expect((await service.get('/health/deep')).body).toEqual({
      status: 'ok',
      checks: { database: 'up', queue: 'up', bank: 'up', gateway: 'up', chain: 'up' },
      migrations: { expected: EXPECTED_VERSION, found: EXPECTED_VERSION, dirty: false },
    });
  });

  it('pays every payout of a batch exactly once through stop, start and kill -9', { timeout: 180_000 }, async () => {
    await service.post('/batches', vendorBatch(1_000, id));
    await service.batchUntil(id, ({ counts }) => counts.completed > 100);
    expect((await service.post(`/batches/${id}/stop`)).status).toBe(202);
    await service.batchUntil(id, ({ status }) => status === 'stopped');
    const { moved } = await service.bankAudit(`${id}.`);
    await setTimeout(500);
    expect((await service.bankAudit(`${id}.`)).moved).toBe(moved);

    expect((await service.post(`/batches/${id}/start`)).status).toBe(202);
    await service.batchUntil(id, ({ counts }) => counts.completed > 400);
    await service.kill();
    await setTimeout(2_000); // until the leases expire, so that the recovery at start finds them
    await start();
    const { counts } = await service.finished(id, 150_000);
    expect(counts.completed + counts.failed).toBe(1_000);
    expect(exitCodeOf(await verifyAll(service.endpoints, { domains: ['payouts'], id }))).toBe(0);
  });

  it('settles a day: the state machine runs in this process, its tables and files exist', async () => {
    const paid_at = '2024-05-01T23:59:59.999Z';
    const row = { id: `${id}-1`, merchant_id: 'm-1', amount_cents: 1_000, fee_cents: 29, status: 'PAID', paid_at };
    expect((await service.post('/transactions', row)).status).toBe(200);
    const { body: accepted } = await service.post('/jobs/settlement', { from: '2024-05-01', to: '2024-05-01' });
    let job = accepted;
    while (job.status === 'QUEUED' || job.status === 'RUNNING') {
      await setTimeout(50);
      job = (await service.get(`/jobs/${accepted.job_id}`)).body;
    }
    expect(job).toMatchObject({ status: 'COMPLETED', settlements: 1 });
    const link = (await service.get(job.download_url)).headers.get('location') ?? '';
    expect(await (await fetch(link)).text()).toContain('m-1,2024-05-01,');
  });

  it('leaves the bank and AWS running when it stops', async () => {
    expect(await service.stop()).toBe(0);
    expect((await fetch(`${bank.url}/health`)).status).toBe(200);
  });
});
