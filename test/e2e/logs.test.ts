import { expect, it } from 'vitest';
import { vendorBatch } from '../support/service.ts';
import { logLinesOf } from '../support/service-log.ts';
import { isStarted, itWhere } from '../support/where.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
/** Functions that run every minute have run since. */
const begun = Date.now() - 90_000;

const lines = () => logLinesOf(service, begun);

it('the request id and the trace id of a POST appear in the log lines of every chunk that is paid', async () => {
  const traceId = '1-67891233-abcdef012345678912345678';
  const given = { 'X-Request-Id': 'trace-logs', 'X-Amzn-Trace-Id': `Root=${traceId};Sampled=1` };
  const { headers } = await service.post('/batches', vendorBatch(120, 'traced'), given);
  expect(headers.get('x-request-id')).toBe('trace-logs');
  await service.finished('traced');
  const ofRequest = async () => (await lines()).filter(({ request_id }) => request_id === 'trace-logs');
  await expect.poll(async () => (await ofRequest()).filter(({ result }) => result === 'worked')).toHaveLength(3);
  const ours = await ofRequest();
  const [request] = ours.filter(({ message }) => message === 'request');
  expect(request).toMatchObject({ level: 'info', method: 'POST', route: '/batches', status: 201, batch_id: 'traced' });
  const chunks = ours.filter(({ result }) => result === 'worked').map(({ batch_id, chunk }) => [batch_id, chunk]);
  expect(chunks.sort()).toEqual([1, 2, 3].map((chunk) => ['traced', chunk]));
  const traced = ours.filter(({ message, result }) => message === 'request' || result === 'worked');
  expect(new Set(traced.map(({ trace_id }) => trace_id))).toEqual(new Set([traceId]));
});

const startsTraces = isStarted(service);
itWhere(
  startsTraces,
  'the gateway of MiniStack starts no trace',
  'a request without a trace gets one, as from API Gateway',
  async () => {
    const given = [1, 2].map((number) => `untraced-${number}`);
    for (const id of given) await service.get('/batches/none', { 'X-Request-Id': id });
    const ids = async () => {
      const all = await lines();
      return given.map((id) => all.find(({ request_id }) => request_id === id)?.trace_id);
    };
    await expect.poll(ids).toEqual(given.map(() => expect.stringMatching(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/)));
    expect(new Set(await ids()).size).toBe(2);
  },
);

it('every log line has time, level, message and subject, and no account number', async () => {
  await service.get('/batches/none');
  const sought = { batch_id: 'none', status: 404, error_code: 'NOT_FOUND' };
  await expect.poll(lines).toContainEqual(expect.objectContaining(sought));
  await expect.poll(lines).toContainEqual(expect.objectContaining({ function_name: 'sluice-local-measure' }));
  const all = await lines();
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
