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

  it('keeps the API key', async () => {
    const { apiKey } = service.endpoints;
    await service.kill();
    await service.start();
    expect(service.endpoints.apiKey).toBe(apiKey);
  });

  it('Ctrl-C stops the service with exit code 0', async () => {
    expect(await service.stop()).toBe(0);
  });
});
