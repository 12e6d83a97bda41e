import { maxBy } from 'es-toolkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../../client/index.ts';
import type { Operation } from '../../functions/routes.ts';
import type { EventType } from '../../lib/events/schemas.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { EVENTS } from '../support/route-events.ts';
import { type Answer, Service, vendorBatch } from '../support/service.ts';
import { runSluice } from '../support/sluice-command.ts';

const LONG_PAUSES = {
  ...{ PAYOUT_RETRY_BASE_DELAY_MS: '900000', PAYOUT_RETRY_MAX_DELAY_MS: '900000' },
  BANK_BREAKER_FAILURES: '1000', // every payout gets its call
};

const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
const DENIED = `/denied-addresses/ethereum/${ADDRESS}`;
const service = new Service();
let self: { key_id: string; name: string };

beforeAll(async () => {
  await service.start();
  self = (await service.get('/keys/self')).body;
});
afterAll(() => service.stop());

const done = async (asked: Promise<Answer>) => {
  const answer = await asked;
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
};
const withKey = (key: string) => ({ 'Idempotency-Key': key });
const post = (path: string, body?: unknown, headers?: Record<string, string>) => service.post(path, body, headers);

/** Asks twice, as a client does that got no answer. Expects one event of each type, with the principal. */
async function causesOnce(
  operation: Operation,
  ask: () => Promise<Answer>,
  subjectOf: string | ((body: any) => string),
  at = service,
) {
  const body = await done(ask());
  await ask();
  const subject = typeof subjectOf === 'string' ? subjectOf : subjectOf(body);
  await expectEvents(operation, subject, EVENTS[operation], at);
  return body;
}

async function expectEvents(operation: Operation, subject: string, types: readonly EventType[] = [], at = service) {
  const { events } = await done(at.get(`/audit?subject=${encodeURIComponent(subject)}&limit=100`));
  for (const type of types) {
    const found = events.filter((event: { type: string }) => event.type === type);
    expect(found, `${operation}: ${type} of ${subject}`).toMatchObject([
      { principalid: self.key_id, principalname: self.name },
    ]);
  }
}

describe('an action is recorded once with its key', () => {
  it('of batches', async () => {
    await service.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
    await causesOnce('createBatch', () => post('/batches', vendorBatch(1, 'refused')), 'refused');
    await service.finished('refused');
    await service.setBank({ mode: 'happy', latency_ms: [3_000, 3_000] });
    await causesOnce('retryFailed', () => post('/batches/refused/retry-failed'), 'refused');

    await done(post('/batches', { ...vendorBatch(2, 'stopped'), auto_start: false }));
    await expectEvents('createBatch', 'stopped', ['batch.created']);
    await causesOnce('startBatch', () => post('/batches/stopped/start'), 'stopped');
    await causesOnce('stopBatch', () => post('/batches/stopped/stop'), 'stopped');
    const inDays = (days: number) => ({ start_at: new Date(Date.now() + days * 24 * 3_600_000).toISOString() });
    await done(post('/batches', { ...vendorBatch(1, 'later'), ...inDays(1) }));
    await expectEvents('createBatch', 'later', ['batch.created', 'batch.scheduled']);
    const later = inDays(2);
    await causesOnce('scheduleBatch', () => post('/batches/later/schedule', later), 'later');
    await service.batchUntil('stopped', ({ status }) => status === 'stopped');
    await service.setBank({ mode: 'happy', latency_ms: [0, 0] });
    const reason = { reason: 'sent by mistake' };
    const ofBatch = ({ payout_id: id }: { payout_id: string }) => id.slice(0, id.indexOf('.'));
    await causesOnce('cancelPayout', () => post('/payouts/later.0001.000001/cancel', reason), ofBatch);
    await causesOnce('cancelBatch', () => post('/batches/later/cancel', reason), 'later');
  });

  it('of an earlier look-up', async () => {
    const unsure = new Service();
    try {
      await unsure.start(LONG_PAUSES);
      await unsure.setBank({ mode: '500', lookups: 'down' });
      await done(unsure.post('/batches', vendorBatch(200, 'unanswered')));
      await unsure.batchUntil('unanswered', ({ counts }) => counts.unknown === 200);
      const { chunks } = await done(unsure.get('/batches/unanswered/chunks'));
      // Pauses are drawn: an earlier look-up has no effect if the next one is near.
      const last = maxBy(chunks as Chunk[], ({ due_at: at }) => Date.parse(at ?? ''))?.chunk ?? 0;
      const { payouts } = await done(unsure.get(`/batches/unanswered/payouts?page=${last}&page_size=50`));
      const lookUp = () => unsure.post(`/payouts/${payouts[0].payout_id}/look-up`);
      await causesOnce('lookUpPayout', lookUp, 'unanswered', unsure);
    } finally {
      await unsure.stop();
    }
  });

  it('of wallets, payments and orders', async () => {
    await causesOnce('createWallet', () => post('/wallets', { user_id: 'ana', currency: 'IDR' }), 'ana');
    const deposit = { amount: 5_000, currency: 'IDR' };
    await causesOnce('createDeposit', () => post('/wallets/ana/deposits', deposit, withKey('d')), 'ana');
    const provider = { provider_id: 'power', name: 'Power' };
    await causesOnce('createProvider', () => post('/providers', provider), 'power');
    const payment = { provider_id: 'power', external_reference: 'bill', amount: 100, currency: 'IDR' };
    const pay = () => post('/wallets/ana/payments', payment, withKey('p'));
    const { payment_id: paid } = await causesOnce('createPayment', pay, (body) => body.payment_id);
    const refund = { amount: 50 };
    await causesOnce('refundPayment', () => post(`/payments/${paid}/refund`, refund, withKey('r')), paid);
    const product = { id: 'poster', name: 'Poster', stock: 3, price_cents: 500 };
    await causesOnce('createProduct', () => post('/products', product), 'poster');
    const order = { buyer_id: 'ana', product_id: 'poster', quantity: 1 };
    await causesOnce(
      'placeOrder',
      () => post('/orders', order, withKey('o')),
      (body) => body.id,
    );
  });

  it('of transactions, imports and settlements', async () => {
    const row = { id: 't-1', merchant_id: 'm', amount_cents: 10, fee_cents: 1, status: 'PAID' };
    const rows = { ...row, paid_at: '2024-05-01T12:00:00Z' };
    await causesOnce('storeTransactions', () => post('/transactions', rows), 't-1');
    const created = await done(post('/transactions/imports', { format: 'csv' }));
    await expectEvents('createImport', created.import_id);
    const range = { from: '2024-05-01', to: '2024-05-28' };
    await causesOnce(
      'createJob',
      () => post('/jobs/settlement', range, withKey('j')),
      (body) => body.job_id,
    );
    // A job may finish before it is cancelled.
    for (;;) {
      const { job_id: job } = await done(post('/jobs/settlement', range));
      const { status } = await post(`/jobs/${job}/cancel`);
      if (status === 409) continue;
      expect(status).toBe(202);
      await expectEvents('cancelJob', job);
      break;
    }
  });

  it('of withdrawals, the processor and the deny-list', async () => {
    await causesOnce('stopProcessor', () => post('/processors/withdrawals/stop'), 'withdrawals');
    const withdrawal = {
      ...{ idempotency_key: 'w', user_id: 'ana', asset: 'ETH', amount: '1000000000000000000', network: 'ethereum' },
      ...{ destination_address: ADDRESS, source: 'external' },
    };
    const {
      withdrawal: { withdrawal_id: id },
    } = await causesOnce(
      'createWithdrawal',
      () => post('/withdrawals', withdrawal),
      (body) => body.withdrawal.withdrawal_id,
    );
    const since = Date.now();
    const deny = () => service.request('PUT', DENIED, { reason: 'fraud' }, {});
    await done(deny());
    await done(deny());
    await causesOnce('startProcessor', () => post('/processors/withdrawals/start'), 'withdrawals');
    await expect
      .poll(async () => (await service.get(`/withdrawals/${id}`)).body.withdrawal.status, { timeout: 30_000 })
      .toBe('FAILED');
    await done(service.request('DELETE', DENIED, undefined, {}));
    await service.request('DELETE', DENIED, undefined, {});
    const { events } = await done(service.get(`/audit?from=${new Date(since).toISOString()}&limit=100`));
    const ofAddress = events.filter(({ type }: { type: string }) => type.startsWith('address.'));
    expect(ofAddress).toMatchObject([
      { type: 'address.denied', principalid: self.key_id, data: { address: '****9ee7', reason: 'fraud' } },
      { type: 'address.allowed', principalid: self.key_id, subject: ofAddress[0].subject },
    ]);
    await causesOnce('retryWithdrawal', () => post(`/withdrawals/${id}/retry`), id);
    const failed = (await done(service.get(`/audit?subject=${id}`))).events.find(
      ({ type }: { type: string }) => type === 'withdrawal.failed',
    );
    expect(failed).not.toHaveProperty('principalid'); // a worker found it
  });

  it('of webhooks', async () => {
    const receiver = await ScriptedServer.answering({ status: 204 });
    const create = () => post('/webhook-endpoints', { url: receiver.url, event_types: ['key.*'] }, withKey('e'));
    const { endpoint_id: id } = await causesOnce('createWebhookEndpoint', create, (body) => body.endpoint_id);
    const path = `/webhook-endpoints/${id}`;
    const change = () => service.request('PATCH', path, { description: 'orders' }, {});
    await causesOnce('changeWebhookEndpoint', change, id);
    await causesOnce('rotateWebhookSecret', () => post(`${path}/rotate`, {}, withKey('s')), id);
    // Each of these sends once more.
    await done(post(`${path}/replay`, {}));
    await expectEvents('replayWebhooks', id);
    const { delivery_id: delivery } = await done(post(`${path}/test`));
    await expectEvents('testWebhookEndpoint', id);
    const statusOf = async () => (await service.get(`/deliveries/${delivery}`)).body.status;
    await expect.poll(statusOf, { timeout: 10_000 }).toBe('delivered');
    await done(post(`/deliveries/${delivery}/replay`));
    await expectEvents('replayWebhookDelivery', delivery);
    await causesOnce('deleteWebhookEndpoint', () => service.request('DELETE', path, undefined, {}), id);
    await receiver.close();
  });
});

/** Last: from now on there is another person who can approve. */
it('the command approves what another person has asked for, and only the content that was read', async () => {
  const { approvalRules, deniedAddresses, keys } = service.client;
  await approvalRules.replace({ rules: [{ kind: 'deny_list_removal', approvers: 1, lapses_after_hours: 24 }] });
  const remove = async () => {
    await deniedAddresses.add('ethereum', ADDRESS, 'sanctioned');
    return (await deniedAddresses.remove('ethereum', ADDRESS))?.approval_id;
  };
  await expect.poll(remove, { timeout: 20_000, interval: 500 }).toBeDefined(); // the functions cache the rules
  const id = `${await remove()}`;
  const { secret = '' } = await keys.create({ name: 'approver', person: 'ben', scopes: ['payouts:approve'] });
  const asApprover = (...args: string[]) => runSluice(service, args, { env: { SLUICE_API_KEY: secret } });
  const approve = ['approvals', 'approve', id, '--reason', 'looked at it'];
  const [listed, own, other] = await Promise.all([
    asApprover('approvals', 'list', '--status', 'waiting'),
    runSluice(service, approve),
    asApprover(...approve, '--digest', 'f'.repeat(64)),
  ]);
  expect(listed.stdout).toMatch(new RegExp(`^${id} +waiting +deny_list_removal `, 'm'));
  expect([own.code, own.stdout, other.code, other.stdout]).toEqual([1, '', 1, '']);
  const approved = await asApprover(...approve);
  expect(approved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^status +approved$/m) });
  expect(approved.stdout).toMatch(/^approved by ben +\S+ \S+ +looked at it$/m);
});
