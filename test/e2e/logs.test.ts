import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { vendorBatch } from '../support/service.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();

const lines = () =>
  readFileSync(join(service.dataDir, 'logs/service.log'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('the request id of a POST appears in the log lines of every chunk that is paid', async () => {
  const { headers } = await service.post('/batches', vendorBatch(120, 'traced'), { 'X-Request-Id': 'trace-logs' });
  expect(headers.get('x-request-id')).toBe('trace-logs');
  await service.finished('traced');
  const of = (request: string) => lines().filter(({ request_id }) => request_id === request);
  await expect.poll(() => of('trace-logs').filter(({ result }) => result === 'worked')).toHaveLength(3);
  const ours = of('trace-logs');
  const [request] = ours.filter(({ message }) => message === 'request');
  expect(request).toMatchObject({ level: 'info', method: 'POST', route: '/batches', status: 201, batch_id: 'traced' });
  const chunks = ours.filter(({ result }) => result === 'worked').map(({ batch_id, chunk }) => [batch_id, chunk]);
  expect(chunks.sort()).toEqual([1, 2, 3].map((chunk) => ['traced', chunk]));
});

it('every log line has time, level, message and subject, and no account number', async () => {
  await service.get('/batches/none');
  const sought = { batch_id: 'none', status: 404, error_code: 'NOT_FOUND' };
  await expect.poll(lines).toContainEqual(expect.objectContaining(sought));
  const all = lines();
  for (const line of all) {
    expect(line).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: expect.stringMatching(/^(debug|info|warn|error)$/),
      message: expect.any(String),
      service: 'sluice',
      request_id: expect.stringMatching(/./),
    });
    for (const name of Object.keys(line)) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  }
  expect(JSON.stringify(all)).not.toContain('10020030');
});
