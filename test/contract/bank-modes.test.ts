import { describe, expect, it } from 'vitest';
import { type BankCaller, eventually, givenABank } from './bank-caller.ts';

/** Sends and disconnects after a moment, as a client with a deadline does. */
async function payAndHangUp(bank: BankCaller, reference: string): Promise<void> {
  await expect(bank.pay(reference, {}, 'transfers', AbortSignal.timeout(150))).rejects.toThrow('timeout');
}

const references = Array.from({ length: 40 }, (_, index) => `p${index}.1`);

describe('the mock bank', () => {
  it('pays in mode happy, on each of its rails', async () => {
    const bank = await givenABank();
    for (const rail of ['transfers', 'charges', 'broadcasts']) {
      const answer = await bank.pay(`${rail}.1`, {}, rail);
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({
        reference: `${rail}.1`,
        status: 'completed',
        ...(rail === 'broadcasts'
          ? { bank_id: expect.stringMatching(/^0x[0-9a-f]{64}$/), confirmations: 1_000 }
          : { bank_id: expect.stringMatching(/^BANK-\d+$/) }),
      });
      const lookup = await bank.request('GET', `/${rail}/${rail}.1`);
      expect(lookup).toMatchObject({ status: 200, body: answer.body });
    }
  });

  it('loses the instruction in mode timeout: no answer, no money, no record', async () => {
    const bank = await givenABank({ mode: 'timeout' });
    await payAndHangUp(bank, 'p1.1');
    expect(await bank.standing('p1.1')).toBe('not_found');
    expect(await bank.moves('p1')).toBe(0);
  });

  it('moves the money without an answer in mode timeout-after-effect', async () => {
    const bank = await givenABank({ mode: 'timeout-after-effect' });
    await payAndHangUp(bank, 'p1.1');
    await eventually(async () => (await bank.standing('p1.1')) === 'completed');
    expect(await bank.moves('p1')).toBe(1);
  });

  it('answers 500 in mode 500, with and without moving the money; a look-up reports which', async () => {
    const bank = await givenABank({ mode: '500' });
    const answers = await Promise.all(references.map((reference) => bank.pay(reference)));
    expect(answers.every(({ status, body }) => status === 500 && body.status === undefined)).toBe(true);

    const standings = await Promise.all(references.map((reference) => bank.standing(reference)));
    expect(new Set(standings)).toEqual(new Set(['completed', 'BANK_API_TIMEOUT']));
    const { body } = await bank.request('GET', '/audit');
    expect(body.moved).toBe(standings.filter((standing) => standing === 'completed').length);
  });

  it('refuses everything in mode declined, with the configured code', async () => {
    const bank = await givenABank({ mode: 'declined' });
    expect(await bank.pay('p1.1')).toMatchObject({
      status: 422,
      body: { reference: 'p1.1', status: 'refused', code: 'INVALID_BANK_ACCOUNT', message: expect.any(String) },
    });

    const statuses = { ACCOUNT_BLOCKED: 403, INSUFFICIENT_FUNDS: 402, RATE_LIMITED: 429, BANK_API_TIMEOUT: 504 };
    for (const [code, status] of Object.entries(statuses)) {
      await bank.behave({ code });
      expect(await bank.pay(`${code}.1`)).toMatchObject({ status, body: { status: 'refused', code } });
      expect(await bank.standing(`${code}.1`)).toBe(code);
    }
    expect(await bank.moves('p1')).toBe(0);
  });

  it('moves the money and answers 200 with an unreadable body in mode garbage', async () => {
    const bank = await givenABank({ mode: 'garbage' });
    const answers = await Promise.all(references.map((reference) => bank.pay(reference)));
    expect(answers.every(({ status, body }) => status === 200 && body.status === undefined)).toBe(true);
    expect(new Set(answers.map(({ text }) => text[0]))).toEqual(new Set(['{', '<']));
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ moved: 40, moved_more_than_once: 0 });
  });

  it('answers late in mode latency, by 50 to 500 ms by default', async () => {
    const bank = await givenABank({ mode: 'latency' });
    expect((await bank.request('GET', '/mode')).body.latency_ms).toEqual([50, 500]);
    await bank.behave({ latency_ms: [20, 30] });

    const sent = performance.now();
    expect((await bank.pay('p1.1')).status).toBe(201);
    expect(performance.now() - sent).toBeGreaterThanOrEqual(19); // a timer may fire within its last millisecond
  });

  it('processes an instruction in the mode of its arrival, not in a later one', async () => {
    const bank = await givenABank({ latency_ms: [300, 300] });
    const underway = bank.pay('early.1');
    await eventually(async () => (await bank.standing('early.1')) !== 'not_found');

    await bank.behave({ mode: 'declined', latency_ms: [0, 0] });
    expect((await bank.pay('late.1')).status).toBe(422);
    expect((await underway).status).toBe(201);
    expect([await bank.moves('early'), await bank.moves('late')]).toEqual([1, 0]);
  });

  it('keeps the settings that a change omits, and names an invalid one', async () => {
    const bank = await givenABank({ mode: 'random', seed: 'monday' });
    const { body } = await bank.behave({ lookups: 'down' });
    expect(body).toEqual({
      mode: 'random',
      block_ms: 0,
      reorg_depth: 1,
      code: 'INVALID_BANK_ACCOUNT',
      latency_ms: [0, 0],
      seed: 'monday',
      duplicates: 'pay',
      lookups: 'down',
      returns_percent: 0,
      returns_after_ms: [1_000, 1_000],
      notifications: 'ok',
    });

    const invalid = {
      returns_percent: 101,
      returns_after_ms: [2, 1],
      mode: 'angry',
      latency_ms: [9, 3],
      seed: 1.5,
      duplicates: 1,
      lookups: null,
      code: '',
      speed: 1,
    };
    for (const [field, value] of Object.entries(invalid)) {
      const answer = await bank.behave({ [field]: value });
      expect(answer).toMatchObject({ status: 400, body: { status: 'error', code: 'BAD_REQUEST' } });
      expect(answer.body.message).toContain(field);
    }
    expect((await bank.request('GET', '/mode')).body).toEqual(body);
  });
});
