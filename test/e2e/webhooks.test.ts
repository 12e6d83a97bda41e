import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { range } from 'es-toolkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodeOf, textOf } from '../../scripts/verify/report.ts';
import { verifyAll } from '../../scripts/verify/verify.ts';
import { Service } from '../support/service.ts';

const DEPOSITS = 60;
/** Recovery looks after what is due for a second. */
const SETTINGS = { RECOVERY_AFTER_MS: '1000' };
const ANSWER_MS = 200;

const service = new Service();
/** How often each message arrived. */
const arrived = new Map<string, number>();
const receiver = createServer(async (request, response) => {
  const id = `${request.headers['webhook-id']}`;
  arrived.set(id, 1 + (arrived.get(id) ?? 0));
  request.resume();
  await setTimeout(ANSWER_MS);
  response.writeHead(204).end();
});

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await Promise.all([service.start(SETTINGS), once(receiver, 'listening')]);
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await service.stop();
});

it('kill -9 in the middle of deliveries loses none, and creates none twice', { timeout: 120_000 }, async () => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const body = { url, event_types: ['deposit.created'] };
  const made = await service.request('POST', '/webhook-endpoints', body, { 'Idempotency-Key': 'e' });
  const path = `/webhook-endpoints/${made.body.endpoint_id}/deliveries?limit=500&status=`;
  await service.request('POST', '/wallets', { user_id: 'ana', currency: 'IDR' }, {});
  const deposit = (nth: number) =>
    service.request('POST', '/wallets/ana/deposits', { amount: 1, currency: 'IDR' }, { 'Idempotency-Key': `d-${nth}` });
  const all = Promise.allSettled(range(DEPOSITS).map(deposit));
  await until(() => arrived.size >= 5);
  await service.kill();
  await all;
  expect(arrived.size).toBeLessThan(DEPOSITS);

  await service.start(SETTINGS);
  for (const { status } of await Promise.all(range(DEPOSITS).map(deposit))) expect(status).toBe(201);
  const delivered = async () => (await service.get(`${path}delivered`)).body.deliveries;
  await until(async () => (await delivered()).length === DEPOSITS);
  expect(arrived.size).toBe(DEPOSITS);
  expect((await service.get(`${path}pending`)).body.deliveries).toEqual([]);
  const verified = await verifyAll(service.endpoints);
  expect(exitCodeOf(verified), verified.map(textOf).join('\n')).toBe(0);
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 90_000; !(await isSo()); await setTimeout(50)) {
    if (Date.now() > deadline) throw new Error(`Only ${arrived.size} have arrived`);
  }
}
