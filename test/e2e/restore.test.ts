import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runVerify } from '../support/script.ts';
import { Service, vendorBatch } from '../support/service.ts';
import { runSluice } from '../support/sluice-command.ts';
import { WalletRequests } from '../support/wallet-requests.ts';
import { WithdrawalRequests, wanted } from '../support/withdrawal-requests.ts';

/** What the copy has, and what it lacks because it happened later. */
const KNOWN = vendorBatch(1_000, 'known');
const LOST = { ...vendorBatch(1_000, 'lost'), auto_start: true };
const service = new Service();
const wallets = new WalletRequests(service);
const withdrawals = new WithdrawalRequests(service);
const backup = mkdtempSync(join(tmpdir(), 'sluice-backup-'));
let payer: string;
let owner: string;
let waiting: string;
let forgotten: number;

beforeAll(() => service.start());
afterAll(async () => {
  await service.stop();
  rmSync(backup, { recursive: true, force: true });
});

/** Copies the database, and nothing else: the rails keep their ledger, and queues their messages. */
function copyDatabase(from: string, to: string): void {
  for (const name of readdirSync(to).filter(isDatabase)) rmSync(join(to, name));
  for (const name of readdirSync(from).filter(isDatabase)) cpSync(join(from, name), join(to, name));
}
const isDatabase = (name: string) => name.startsWith('dynamodb.db');

/** All that happens after the copy was made. Clients repeat their requests, and people their orders, after the restore. */
async function useIt() {
  expect((await service.post('/batches', LOST)).status).toBe(201);
  expect((await service.post('/batches/known/start')).status).toBe(202);
  await service.post('/processors/withdrawals/start');
  const paid = await wallets.pay(payer, { amount: 5_000 }, 'lost-payment');
  const { body } = await service.post('/withdrawals', wanted(owner, { idempotency_key: 'lost-withdrawal' }));
  const ids = [waiting, body.withdrawal.withdrawal_id];
  for (const id of ids) await withdrawals.ended(id);
  await service.finished('known', 120_000);
  await service.finished('lost', 120_000);
  // Refused if there is nothing to retry: after the restore, all outcomes are known already.
  await service.post('/batches/known/retry-failed');
  const batches = [await service.finished('known', 120_000), (await service.get('/batches/lost')).body];
  return {
    batches: batches.map(({ counts, status }) => ({ counts, status })),
    payment: [paid.status, paid.body.payment_id, paid.body.status],
    withdrawals: await Promise.all(ids.map(async (id) => [id, (await withdrawals.read(id)).status])),
  };
}

const moved = () => service.bankAudit('');

it('a restore pays no payout twice, and every payout, withdrawal and payment has its outcome again', async () => {
  payer = await wallets.givenAWallet(1_000_000);
  owner = await withdrawals.givenAUser();
  await service.post('/providers', { provider_id: 'pln', name: 'PLN' });
  await service.post('/processors/withdrawals/stop');
  waiting = (await service.post('/withdrawals', wanted(owner))).body.withdrawal.withdrawal_id;
  await service.post('/batches', { ...KNOWN, auto_start: false });
  await service.kill();
  copyDatabase(service.dataDir, backup);

  await service.start();
  await service.setBank({ mode: 'random', seed: 5, latency_ms: [0, 5] });
  const first = await useIt();
  const before = await moved();
  expect(before).toMatchObject({ moved_more_than_once: 0 });
  const paid = first.batches.reduce((sum, { counts }) => sum + counts.completed, 0);
  const sent = first.withdrawals.filter(([, status]) => status === 'COMPLETED').length;
  expect(before.moved).toBe(paid + sent + (first.payment[2] === 'APPROVED' ? 1 : 0));
  const arrived = { known: await service.bankAudit('known.'), lost: await service.bankAudit('lost.') };
  await service.post('/batches', { ...vendorBatch(3, 'forgotten'), auto_start: true });
  forgotten = (await service.finished('forgotten')).counts.completed;
  expect(forgotten).toBeGreaterThan(0);
  const after = { ...before, moved: before.moved + forgotten };
  await service.kill();

  copyDatabase(backup, service.dataDir);
  await service.start();
  // Rails pay all that arrives from now on, so a single call too many shows.
  await service.setBank({ mode: 'happy', latency_ms: [0, 0] });
  const shown = await runSluice(service, ['epoch', 'show', '--json']);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    person: 'npm start',
    reason: expect.stringContaining('older copy'),
  });
  expect((await service.get('/batches/known')).body).toMatchObject({ status: 'created' });
  expect((await service.get('/batches/lost')).status).toBe(404);

  expect(await useIt()).toEqual(first);
  expect(await moved()).toMatchObject({ moved: after.moved, moved_more_than_once: 0 });
  expect(await service.bankAudit('known.')).toEqual(arrived.known);
  expect(await service.bankAudit('lost.')).toEqual(arrived.lost);
}, 300_000);

it('verify names what no client has repeated: a person has to settle it', async () => {
  const { code, output } = await runVerify(service);
  const failed = output.split('\n').filter((line) => line.startsWith('  FAIL'));
  // If events were sealed after the copy was made, the log was cut, and verify says so.
  const isCut = failed.some((line) => line.includes('the sealed blocks are one chain'));
  expect([code, failed.length], output).toEqual(isCut ? [1, 1] : [0, 0]);
  expect(output).toContain(`the bank has paid ${forgotten} payouts of batch forgotten, which this table does not have`);
});
