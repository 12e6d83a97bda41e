import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Service, vendorBatch } from '../support/service.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

describe('kill -9 in the middle of a batch', () => {
  it('npm start resumes and completes it, and pays nothing twice', async () => {
    await service.setBank({ mode: 'random', seed: 3, latency_ms: [10, 60] });
    await service.post('/batches', vendorBatch(2_000, 'killed'));
    await service.batchUntil('killed', ({ counts }) => counts.completed > 400);
    await service.kill();
    await service.start();
    const left = (await service.get('/batches/killed')).body;
    expect(left.status).toBe('in_progress');
    const { counts } = await service.finished('killed', 90_000);
    expect(counts.completed + counts.failed).toBe(2_000);
    expect(await service.bankAudit('killed.')).toMatchObject({ moved: counts.completed, moved_more_than_once: 0 });
  });

  it('keeps the API key, and starts the batches whose time has passed, late', async () => {
    const { apiKey } = service.endpoints;
    const start_at = new Date(Date.now() + 1_500).toISOString();
    await service.setBank({ mode: 'happy', latency_ms: [0, 0] });
    const created = await service.post('/batches', { ...vendorBatch(3, 'missed'), start_at });
    expect(created.body).toMatchObject({ status: 'scheduled', start_at });
    await service.kill();
    await service.start();
    expect(service.endpoints.apiKey).toBe(apiKey);
    const { counts, ...batch } = await service.finished('missed', 90_000);
    expect(counts.completed).toBe(3);
    expect(batch).toMatchObject({ run: 1, start_at });
    const late = Math.floor((Date.parse(batch.started_at) - Date.parse(start_at)) / 1_000);
    expect(batch.started_late_seconds).toBe(late);
    expect(await service.bankAudit('missed.')).toMatchObject({ moved: 3, arrivals: 3 });
  });

  it('Ctrl-C stops the service with exit code 0', async () => {
    expect(await service.stop()).toBe(0);
  });
});
