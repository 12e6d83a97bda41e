import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MockBank } from '../../scripts/bank.ts';
import { Service, vendorBatch } from '../support/service.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

it('payouts that the bank gives back are returned, also if it tells of each of them twice', async () => {
  await service.setBank({ returns_percent: 40, returns_after_ms: [0, 1_000], notifications: 'twice', seed: 5 });
  await service.post('/batches', vendorBatch(100, 'returned'));
  await service.batchUntil('returned', ({ counts }) => counts.completed + counts.returned === 100);
  await setTimeout(1_100); // until the last of them is given back
  const rows = await new MockBank(service.endpoints).ledger('returned');
  const givenBack = rows.filter((row) => row.returned_minor !== '0').map(({ instruction }) => instruction);
  expect(givenBack.length).toBeGreaterThan(20);
  await service.batchUntil('returned', ({ counts }) => counts.returned === givenBack.length, 90_000);
  const { body } = await service.get('/batches/returned/payouts?status=returned&limit=100');
  expect(body.payouts.map((payout: { payout_id: string }) => payout.payout_id).sort()).toEqual(givenBack.sort());
  expect((await service.get('/rail/notifications')).body.notifications).toEqual([]);
}, 120_000);
