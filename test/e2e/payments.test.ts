import { setTimeout } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { awsOf } from '../../scripts/aws.ts';
import { eventually } from '../contract/embedded-stack.ts';
import { expectError } from '../support/expect-error.ts';
import { runVerify } from '../support/script.ts';
import { type Answer, Service } from '../support/service.ts';
import { BILL, newKey, WalletRequests } from '../support/wallet-requests.ts';

const service = new Service();
const SETTINGS = { GATEWAY_DEADLINE_MS: '300', GATEWAY_BUDGET_MS: '1500' };

beforeAll(async () => {
  await service.start(SETTINGS);
  await service.post('/providers', { provider_id: 'pln', name: 'PLN' });
});
afterAll(() => service.stop());
afterEach(() => service.setBank({ mode: 'happy', lookups: 'ok', latency_ms: [0, 0] }));

const { givenAWallet, pay, refund, balanceOf } = new WalletRequests(service);
const paymentIn = (answer: Answer) => answer.body.payment_id ?? answer.body.error.details[0].payment_id;
const chargesOf = async (id: string) => (await service.bankAudit(id)).moved;

async function sweep(): Promise<void> {
  const lambda = new LambdaClient(awsOf(service.endpoints));
  const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: 'sluice-local-sweepPayments' }));
  expect(FunctionError).toBeUndefined();
  lambda.destroy();
}

describe('a payment', () => {
  it('is approved, and appears in the payment, the wallet and the statement', async () => {
    const user = await givenAWallet(1_000);
    const answer = await pay(user, { amount: 400 }, 'once');
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ ...BILL, user_id: user, amount: 400, status: 'APPROVED', failure: null });
    expect(answer.headers.get('location')).toBe(`/payments/${answer.body.payment_id}`);
    expect(await balanceOf(user)).toBe(600);
    const { body } = await service.get(`/payments/${answer.body.payment_id}`);
    expect(body).toMatchObject({ status: 'APPROVED', refunded_amount: 0, refunds: [] });
    const { transactions, next_cursor } = (await service.get(`/wallets/${user}/transactions`)).body;
    expect(next_cursor).toBeNull();
    expect(transactions).toMatchObject([
      { seq: 2, type: 'PAYMENT', amount: -400, balance_after: 600, payment_id: answer.body.payment_id },
      { seq: 1, type: 'DEPOSIT', amount: 1_000, balance_after: 1_000 },
    ]);

    const again = await pay(user, { amount: 400 }, 'once');
    expect([again.status, again.headers.get('idempotent-replayed'), again.text]).toEqual([201, 'true', answer.text]);
    expectError(await pay(user, { amount: 401 }, 'once'), 422, 'IDEMPOTENCY_MISMATCH');
    expect(await chargesOf(answer.body.payment_id)).toBe(1);
  });

  it('requires a wallet, a provider, money and a key', async () => {
    const user = await givenAWallet(100);
    expectError(await pay('unknown', { amount: 1 }), 404, 'NOT_FOUND');
    expectError(await pay(user, { amount: 1, provider_id: 'unknown' }), 404, 'NOT_FOUND');
    const short = await pay(user, { amount: 101 });
    expectError(short, 409, 'INSUFFICIENT_FUNDS');
    expect(short.body.error.details).toMatchObject([{ requested: '101', available: '100' }]);
    expectError(await pay(user, { amount: 1, currency: 'USD' }), 409, 'INSUFFICIENT_FUNDS');
    const keyless = await service.post(`/wallets/${user}/payments`, { ...BILL, amount: 1 });
    expectError(keyless, 400, 'VALIDATION_ERROR');
    expect(keyless.body.error.details[0].path).toBe('Idempotency-Key');
    expect(await balanceOf(user)).toBe(100);
  });

  it.each<[string, object]>([
    ['amount', { amount: 0 }],
    ['amount', { amount: -1 }],
    ['amount', { amount: 1.5 }],
    ['amount', { amount: '5' }],
    ['amount', { amount: 2 ** 53 }],
    ['amount', {}],
    ['currency', { amount: 1, currency: 'ZZZ' }],
    ['currency', { amount: 1, currency: 'idr' }],
    ['provider_id', { amount: 1, provider_id: 'a b' }],
    ['external_reference', { amount: 1, external_reference: 'a\u0000' }],
    ['external_reference', { amount: 1, external_reference: undefined }],
  ])('with a bad %s is refused and names it: %j', async (path, body) => {
    const answer = await pay('user-1', body);
    expectError(answer, 400, 'VALIDATION_ERROR');
    expect(answer.body.error.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
  });

  it('that is declined is 200, and its money is refunded', async () => {
    await service.setBank({ mode: 'declined' });
    const user = await givenAWallet(100);
    const answer = await pay(user, { amount: 40 });
    expect([answer.status, answer.body.status, answer.body.failure.code]).toEqual([
      ...[200, 'DECLINED', 'INVALID_BANK_ACCOUNT'],
    ]);
    expect([await balanceOf(user), await chargesOf(answer.body.payment_id)]).toEqual([100, 0]);
    expectError(await refund(answer.body.payment_id, {}), 409, 'INVALID_STATE');
  });

  it.each([
    ['garbage', 'an answer that is nonsense'],
    ['latency', 'a slow answer'],
    ['timeout-after-effect', 'no answer'],
  ])('is approved in mode %s: %s', async (mode) => {
    await service.setBank({ mode, latency_ms: mode === 'latency' ? [50, 100] : [0, 0] });
    const user = await givenAWallet(100);
    const answer = await pay(user, { amount: 40 });
    expect([answer.status, await balanceOf(user), await chargesOf(paymentIn(answer))]).toEqual([201, 60, 1]);
  });

  it('that the gateway answers with 500 is approved or refunded, as the gateway recorded it', async () => {
    await service.setBank({ mode: '500' });
    const user = await givenAWallet(100);
    const answers = await Promise.all(Array.from({ length: 10 }, () => pay(user, { amount: 10 })));
    for (const answer of answers) {
      const charged = await chargesOf(paymentIn(answer));
      if (answer.status !== 201) expectError(answer, 502, 'GATEWAY_ERROR');
      expect({ status: answer.status, charged }).toEqual({
        status: answer.status,
        charged: answer.status === 201 ? 1 : 0,
      });
    }
    expect(await balanceOf(user)).toBe(100 - 10 * answers.filter(({ status }) => status === 201).length);
  });

  it('that never arrives is 504 and PENDING, and fails once no call can arrive any more', async () => {
    await service.setBank({ mode: 'timeout' });
    const user = await givenAWallet(100);
    const answer = await pay(user, { amount: 40 }, 'late');
    expectError(answer, 504, 'GATEWAY_TIMEOUT');
    expect(answer.body.error.details).toMatchObject([
      { status: 'PENDING', payment_id: expect.stringMatching(/^pay_/) },
    ]);
    expect(await balanceOf(user)).toBe(60);
    await setTimeout(7_600); // 1.5 s of work, 5 s in which a call may still arrive, 1 s of clock difference
    await Promise.all([sweep(), sweep(), sweep()]);
    const { body } = await service.get(`/payments/${paymentIn(answer)}`);
    expect(body).toMatchObject({ status: 'FAILED', failure: { code: 'NEVER_ARRIVED' } });
    expect([await balanceOf(user), await chargesOf(paymentIn(answer))]).toEqual([100, 0]);
    expectError(await pay(user, { amount: 40 }, 'late'), 502, 'GATEWAY_ERROR');
  });

  it('with a late success is approved by the next sweep or the next equal request', async () => {
    await service.setBank({ mode: 'timeout-after-effect', lookups: 'down' });
    const [swept, repeated] = [await givenAWallet(100), await givenAWallet(100)];
    const answers = await Promise.all([pay(swept, { amount: 40 }, 'a'), pay(repeated, { amount: 40 }, 'b')]);
    for (const answer of answers) expectError(answer, 504, 'GATEWAY_TIMEOUT');
    await service.setBank({ mode: 'happy', lookups: 'ok' });
    await setTimeout(1_600);
    const again = await pay(repeated, { amount: 40 }, 'b');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    await sweep();
    expect((await pay(swept, { amount: 40 }, 'a')).status).toBe(201);
    for (const answer of answers) expect(await chargesOf(paymentIn(answer))).toBe(1);
  });
});

describe('payments at once', () => {
  it('50 with one key are one debit', async () => {
    const user = await givenAWallet(1_000);
    const answers = await Promise.all(Array.from({ length: 50 }, () => pay(user, { amount: 40 }, 'same')));
    const [approved, others] = [201, 409].map((wanted) => answers.filter(({ status }) => status === wanted));
    expect([approved?.length ?? 0, others?.length ?? 0].reduce((a, b) => a + b)).toBe(50);
    for (const answer of others ?? []) {
      expectError(answer, 409, 'REQUEST_IN_PROGRESS');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(new Set(answers.map(paymentIn)).size).toBe(1);
    expect(new Set(approved?.map((answer) => answer.text)).size).toBe(1);
    expect([await balanceOf(user), await chargesOf(paymentIn(answers[0] as Answer))]).toEqual([960, 1]);
  });

  it('50 on a balance for 10 are exactly 10', async () => {
    const user = await givenAWallet(100);
    const answers = await Promise.all(Array.from({ length: 50 }, () => pay(user, { amount: 10 })));
    const codes = Object.groupBy(answers, ({ status, body }) => body.error?.code ?? `${status}`);
    expect(Object.fromEntries(Object.entries(codes).map(([code, all]) => [code, all?.length]))).toEqual({
      201: 10,
      INSUFFICIENT_FUNDS: 40,
    });
    expect(await balanceOf(user)).toBe(0);
  });

  it('200 on a wallet that has enough are all debited', async () => {
    const user = await givenAWallet(10_000);
    const answers = await Promise.all(Array.from({ length: 200 }, () => pay(user, { amount: 7 })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(await balanceOf(user)).toBe(10_000 - 200 * 7);
  });

  it('appear in the audit log by payment, and in the metrics', async () => {
    const user = await givenAWallet(100);
    const answer = await service.post(
      `/wallets/${user}/payments`,
      { ...BILL, amount: 10 },
      { 'Idempotency-Key': newKey(), 'X-Request-Id': 'my-request' },
    );
    expect(answer.headers.get('x-request-id')).toBe('my-request');
    await refund(answer.body.payment_id, { amount: 4 });
    const events = await eventually(
      async () => (await service.get(`/audit?subject=${answer.body.payment_id}`)).body.events,
      ({ length }) => length === 3,
    );
    const published = events.map(({ type, requestid }: { type: string; requestid: string }) => [type, requestid]);
    expect(published.slice(0, 2)).toEqual([
      ['payment.created', 'my-request'],
      ['payment.completed', 'my-request'],
    ]);
    expect(published[2][0]).toBe('refund.created');
    expect((await service.get('/metrics')).text).toMatch(
      /sluice_payments_total\{outcome="completed",currency="IDR"\} \d+/,
    );
  });
});

describe('a refund', () => {
  it('may be partial, up to the paid amount in all', async () => {
    const user = await givenAWallet(100);
    const { payment_id: id } = (await pay(user, { amount: 100 })).body;
    const part = await refund(id, { amount: 30 }, 'part');
    expect([part.status, part.body.amount, part.body.payment_id]).toEqual([201, 30, id]);
    const again = await refund(id, { amount: 30 }, 'part');
    expect([again.status, again.headers.get('idempotent-replayed'), again.text]).toEqual([201, 'true', part.text]);
    expectError(await refund(id, { amount: 31 }, 'part'), 422, 'IDEMPOTENCY_MISMATCH');
    expectError(await refund(id, { amount: 71 }), 409, 'INVALID_STATE');
    const rest = await Promise.all(Array.from({ length: 20 }, () => refund(id, { amount: 10 })));
    expect(rest.filter(({ status }) => status === 201)).toHaveLength(7);
    expectError(await refund(id, {}), 409, 'INVALID_STATE');
    expect(await balanceOf(user)).toBe(100);
    expect((await service.get(`/payments/${id}`)).body.refunded_amount).toBe(100);
    expectError(await refund('pay_none', {}), 404, 'NOT_FOUND');
  });
});

describe('the journal entries of a payment', () => {
  it('are its debit, its capture and its refunds, with the numbers of the statement', async () => {
    const user = await givenAWallet(100);
    const { payment_id: id } = (await pay(user, { amount: 100 })).body;
    await refund(id, { amount: 30 });
    await refund(id, { amount: 70 });
    const { entries } = (await service.get(`/payments/${id}/entries`)).body;
    expect(entries.map(({ type, seq }: { type: string; seq: number | null }) => [type, seq])).toEqual([
      ...[
        ['PAYMENT', 2],
        ['CAPTURE', null],
        ['REFUND', 3],
        ['REFUND', 4],
      ],
    ]);
    expect(entries[2].postings).toEqual([
      { account: 'provider:pln', amount: -30, currency: 'IDR' },
      { account: `wallet:${user}`, amount: 30, currency: 'IDR' },
    ]);
  });

  it('of a declined payment are its debit and its return', async () => {
    await service.setBank({ mode: 'declined' });
    const { payment_id: id } = (await pay(await givenAWallet(100), { amount: 40 })).body;
    const { entries } = (await service.get(`/payments/${id}/entries`)).body;
    expect(entries.map(({ type }: { type: string }) => type)).toEqual(['PAYMENT', 'REFUND']);
  });
});

describe('the service, killed in the middle of 200 payments', () => {
  it('has charged each at most once, loses no money, and answers every retry', { timeout: 120_000 }, async () => {
    const wallets = await Promise.all(Array.from({ length: 10 }, () => givenAWallet(1_000)));
    await service.setBank({ latency_ms: [5, 60] });
    const requests = Array.from({ length: 200 }, (_, nth) => ({ user: wallets[nth % 10] as string, key: newKey() }));
    const answers = requests.map(({ user, key }) =>
      pay(user, { amount: 3 }, key).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await setTimeout(400);
    await service.kill();
    const first = await Promise.all(answers);
    expect(first.filter((status) => status === 0).length).toBeGreaterThan(0);
    await service.start(SETTINGS);
    await setTimeout(7_000);
    await sweep();
    for (const { user, key } of requests) expect([201, 502]).toContain((await pay(user, { amount: 3 }, key)).status);
    const { code, output } = await runVerify(service, '--domain', 'wallets');
    expect(output).toContain('All 9 checks passed.');
    expect(output).not.toContain('PENDING');
    expect(code).toBe(0);
  });
});
