import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Service, vendorBatch } from '../support/service.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

describe('stop and start', () => {
  it('stops a batch of 5,000 five times at random: nothing is sent while stopped, and the ledger agrees at the end', async () => {
    await service.setBank({ mode: 'random', seed: 7, latency_ms: [0, 20] });
    await service.post('/batches', vendorBatch(5_000, 'stops'));
    for (const share of [0.1, 0.25, 0.45, 0.6, 0.8]) {
      const running = await service.batchUntil(
        'stops',
        ({ counts, status }) => counts.completed >= 5_000 * share || status.includes('complete'),
      );
      if (running.status !== 'in_progress') break;
      const stop = await service.post('/batches/stops/stop');
      expect(stop.body.status).toBe('stopping');
      expect((await service.post('/batches/stops/stop')).status).toBe(202);
      await service.batchUntil('stops', ({ status }) => status === 'stopped');
      const before = await service.bankAudit('stops.');
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await service.bankAudit('stops.')).toEqual(before);
      expect((await service.get('/batches/stops')).body.counts.processing).toBe(0);
      const starts = await Promise.all([service.post('/batches/stops/start'), service.post('/batches/stops/start')]);
      expect(starts.map(({ status }) => status)).toEqual([202, 202]);
    }
    const { counts } = await service.finished('stops');
    expect(counts.completed + counts.failed).toBe(5_000);
    expect(await service.bankAudit('stops.')).toMatchObject({ moved: counts.completed, moved_more_than_once: 0 });
  });
});
