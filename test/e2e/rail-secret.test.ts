import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MockBank } from '../../scripts/bank.ts';
import { Service, vendorBatch } from '../support/service.ts';

const service = new Service();
const file = join(service.dataDir, 'bank-credentials.json');
const credentials = (letter: string) => ({
  hmac: { key_id: `key-${letter}`, secret: Buffer.from(letter.repeat(40)).toString('base64') },
  bearer: `token-${letter.repeat(20)}`,
});
const [old, renewed] = [credentials('a'), credentials('b')];

function store(value: object): void {
  writeFileSync(`${file}.tmp`, JSON.stringify(value));
  renameSync(`${file}.tmp`, file);
}

beforeAll(async () => {
  store(old);
  await service.start({ BANK_SECRET: `file:${file}` });
});
afterAll(() => service.stop());

const SIZE = 600;

it('a secret is rotated in the middle of a batch: each payout is paid once, and none fails', async () => {
  await service.setBank({ accepts: [old], latency_ms: [300, 600] });
  await service.post('/batches', vendorBatch(SIZE, 'rotated'));
  await service.batchUntil('rotated', ({ counts }) => counts.completed >= 50);
  await service.setBank({ accepts: [old, renewed] });
  store(renewed);
  await service.batchUntil('rotated', ({ counts }) => counts.completed >= 200);
  // Processes still have the old secret: it is younger than a minute.
  await service.setBank({ accepts: [renewed] });
  const { body: before } = await service.get('/batches/rotated');
  expect(before.status).toBe('in_progress');
  const batch = await service.finished('rotated', 120_000);
  expect(batch.counts).toMatchObject({ completed: SIZE, failed: 0 });
  const rows = await new MockBank(service.endpoints).ledger('rotated');
  expect(rows.map(({ moves }) => moves)).toEqual(Array(SIZE).fill(1));

  const logs = readdirSync(join(service.dataDir, 'logs')).map((name) =>
    readFileSync(join(service.dataDir, 'logs', name), 'utf8'),
  );
  expect(logs.join('\n')).toContain('RAIL_CREDENTIALS_REFUSED');
  const explained = await service.get('/batches/rotated/payouts?limit=100');
  const shown = await Promise.all(
    ['/overview', '/audit?limit=100', '/batches/rotated', '/rail/notifications'].map((path) => service.get(path)),
  );
  const all = [...logs, explained.text, ...shown.map(({ text }) => text)].join('\n');
  for (const { hmac, bearer } of [old, renewed])
    for (const secret of [hmac.secret, bearer]) expect(all).not.toContain(secret);
}, 180_000);
