import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { logger } from '../../lib/edge/log.ts';
import type { Asset } from '../../lib/kernel/money.ts';
import type { HttpRailOptions } from '../../lib/rail/http.ts';
import { answering, givenARail, httpRail, IMPATIENT_MS, instruction, yes } from '../support/http-rail.ts';
import { givenANetwork } from '../support/servers.ts';
import { type BankCaller, eventually, givenABank } from './bank-caller.ts';

const references = Array.from({ length: 20 }, (_, index) => `p${index}.1`);

describe('the bank client, in each mode of the bank', () => {
  it('happy: pays, to the last digit; a look-up agrees', async () => {
    const bank = await givenABank();
    const rail = httpRail(bank.url);
    const paid = await rail.send(instruction('p1.1'), yes);
    expect(paid).toEqual({ kind: 'paid', bankId: expect.stringMatching(/^BANK-/) });
    expect(await rail.lookUp('p1.1')).toEqual(paid);
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ moved: 1, totals: { IDR: '150050' } });
    expect(await rail.lookUp('p2.1')).toEqual({ kind: 'not_found' });
    expect(await rail.isHealthy()).toBe(true);
  });

  it.for([
    ['INVALID_BANK_ACCOUNT', false],
    ['ACCOUNT_BLOCKED', false],
    ['INSUFFICIENT_FUNDS', true],
    ['RATE_LIMITED', true],
    ['BANK_API_TIMEOUT', true],
  ] as const)('declined with %s: refused, retryable %s, with any status code', async ([code, retryable]) => {
    const bank = await givenABank({ mode: 'declined', code });
    const rail = httpRail(bank.url);
    const refused = { kind: 'refused', failure: { code, message: expect.any(String), retryable } };
    expect(await rail.send(instruction('p1.1'), yes)).toEqual(refused);
    expect(await rail.lookUp('p1.1')).toEqual(refused);
  });

  it('500: no answer, every time; look-ups report the outcome', async () => {
    const bank = await givenABank({ mode: '500' });
    const rail = httpRail(bank.url);
    const sent = await Promise.all(references.map((reference) => rail.send(instruction(reference), yes)));
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set(['unanswered']));
    const outcomes = await Promise.all(references.map((reference) => rail.lookUp(reference)));
    expect(outcomes.filter(({ kind }) => kind === 'paid')).toHaveLength(await moved(bank));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['paid', 'refused']));
  });

  it('garbage: no answer although the status is 200; look-ups report the payment', async () => {
    const bank = await givenABank({ mode: 'garbage' });
    const rail = httpRail(bank.url);
    const sent = await Promise.all(references.map((reference) => rail.send(instruction(reference), yes)));
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set(['unanswered']));
    for (const reference of references) expect(await rail.lookUp(reference)).toMatchObject({ kind: 'paid' });
  });

  it('timeout: no answer by the deadline; a look-up finds nothing', async () => {
    const bank = await givenABank({ mode: 'timeout' });
    const rail = httpRail(bank.url, { deadlineMs: IMPATIENT_MS });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await httpRail(bank.url).lookUp('p1.1')).toEqual({ kind: 'not_found' });
  });

  it('timeout-after-effect: no answer by the deadline, but paid', async () => {
    const bank = await givenABank({ mode: 'timeout-after-effect' });
    const rail = httpRail(bank.url, { deadlineMs: IMPATIENT_MS });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    await eventually(async () => (await httpRail(bank.url).lookUp('p1.1')).kind === 'paid');
  });

  it('latency: processing until it is paid', async () => {
    const bank = await givenABank({ mode: 'latency', latency_ms: [400, 400] });
    const rail = httpRail(bank.url);
    const sending = rail.send(instruction('p1.1'), yes);
    await eventually(async () => (await rail.lookUp('p1.1')).kind !== 'not_found');
    expect((await rail.lookUp('p1.1')).kind).toBe('in_process');
    expect(await sending).toMatchObject({ kind: 'paid' });
  });

  it('random: the answers agree with look-ups and with the moved money', async () => {
    const bank = await givenABank({ mode: 'random', seed: 7 });
    const rail = httpRail(bank.url);
    const many = Array.from({ length: 100 }, (_, index) => `p${index}.1`);
    const sent = await Promise.all(many.map((reference) => rail.send(instruction(reference), yes)));
    expect(await Promise.all(many.map((reference) => rail.lookUp(reference)))).toEqual(sent);
    expect(sent.filter(({ kind }) => kind === 'paid')).toHaveLength(await moved(bank));
  });

  it('look-ups down: no answer', async () => {
    const bank = await givenABank({ lookups: 'down' });
    expect(await httpRail(bank.url).lookUp('p1.1')).toEqual({ kind: 'no_answer' });
  });

  it('duplicates rejected: a known reference is not a refusal of the payment', async () => {
    const bank = await givenABank({ duplicates: 'reject' });
    const rail = httpRail(bank.url);
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'paid' });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await rail.lookUp('p1.1')).toMatchObject({ kind: 'paid' });
    expect(await moved(bank)).toBe(1);
  });
});

describe('the bank client', () => {
  it('sends nothing without permission', async () => {
    const bank = await givenABank();
    expect(await httpRail(bank.url).send(instruction('p1.1'), async () => false)).toEqual({
      kind: 'unsent',
      cause: 'forbidden',
    });
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ arrivals: 0 });
  });

  it('asks for permission only right before each send, and limits the calls under way', async () => {
    let [underWay, most, permits] = [0, 0, 0];
    const waiting: (() => void)[] = [];
    const url = await givenARail((request, response) => {
      most = Math.max(most, ++underWay);
      waiting.push(() => {
        underWay -= 1;
        request.resume();
        answering(200, { reference: 'p1.1', status: 'completed', bank_id: 'BANK-1' })(request, response);
      });
    });
    const rail = httpRail(url, { maxInFlight: 3 });
    const permit = async () => {
      permits += 1;
      return true;
    };
    const sending = Array.from({ length: 9 }, () => rail.send(instruction('p1.1'), permit));
    for (let round = 1; round <= 3; round += 1) {
      await eventually(async () => waiting.length === 3);
      expect([underWay, permits]).toEqual([3, 3 * round]);
      for (const answer of waiting.splice(0)) answer();
    }
    expect((await Promise.all(sending)).every(({ kind }) => kind === 'paid')).toBe(true);
    expect(most).toBe(3);
  });

  it('looks up references with characters of every kind', async () => {
    const bank = await givenABank();
    const rail = httpRail(bank.url);
    for (const reference of ['a/b.1', 'a?b=c#d.1', 'ä %2F.1']) {
      expect(await rail.lookUp(reference)).toEqual({ kind: 'not_found' });
      await rail.send(instruction(reference), yes);
      expect(await rail.lookUp(reference)).toMatchObject({ kind: 'paid' });
    }
  });
});

describe('the bank client after a pause', () => {
  it('sends over a new connection: the network has forgotten the old one, and its outcome would be unknown', async () => {
    const bank = await givenABank();
    const network = await givenANetwork(Number(new URL(bank.url).port));
    let now = Date.now();
    const rail = httpRail(`http://127.0.0.1:${network.port}`, {
      authentication: { rail: 'bank', secret: undefined, now: () => now, log: logger },
      deadlineMs: 1_000,
    });
    for (const reference of ['p1.1', 'p2.1']) await rail.send(instruction(reference), yes);
    const before = network.connections();
    network.forget();
    now += 60_000; // the container was frozen
    expect(await rail.send(instruction('p3.1'), yes)).toMatchObject({ kind: 'paid' });
    expect(network.connections()).toBe(before + 1);
  });
});

async function moved(bank: BankCaller): Promise<number> {
  return Number((await bank.request('GET', '/audit')).body.moved);
}

describe('the bank client on the rail of broadcasts', () => {
  const eth = { ...instruction('w1.1'), money: { minor: 10n ** 77n, currency: 'ETH' as Asset } };

  it('reports the confirmations of a transaction, at first and later', async () => {
    const bank = await givenABank({ block_ms: 60_000 });
    const chain = httpRail(bank.url, { resource: 'broadcasts' });
    const sent = await chain.send(eth, yes);
    expect(sent).toEqual({ kind: 'paid', bankId: expect.stringMatching(/^0x[0-9a-f]{64}$/), confirmations: 0 });
    expect(await chain.lookUp('w1.1')).toEqual(sent);
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ totals: { ETH: `${10n ** 77n}` } });
  });

  it('treats a dropped transaction as a retryable refusal', async () => {
    const dropped = { reference: 'w1.1', status: 'refused', code: 'TRANSACTION_DROPPED', message: 'gone' };
    const chain = httpRail(await givenARail(answering(200, dropped)), { resource: 'broadcasts' });
    const failure = { code: 'TRANSACTION_DROPPED', message: 'gone', retryable: true };
    expect(await chain.lookUp('w1.1')).toEqual({ kind: 'refused', failure });
  });

  it.each([-1, 1.5, '3'])('rejects %j confirmations', async (confirmations) => {
    const answer = { reference: 'w1.1', status: 'completed', bank_id: '0x1', confirmations };
    const chain = httpRail(await givenARail(answering(201, answer)), { resource: 'broadcasts' });
    expect(await chain.send(eth, yes)).toEqual({ kind: 'unanswered', cause: 'failed' });
    expect(await chain.lookUp('w1.1')).toEqual({ kind: 'no_answer' });
  });
});

it('every call carries the trace of the work, and tells how it was answered', async () => {
  const seen: unknown[] = [];
  const ended: unknown[] = [];
  const url = await givenARail(({ method, headers }, response) => {
    seen.push([method, headers.traceparent]);
    if (method === 'GET') return response.destroy();
    answering(503, {})({} as IncomingMessage, response);
  });
  const trace: HttpRailOptions['trace'] = ({ name, method, url: at }) => ({
    headers: { traceparent: `of ${method}` },
    end: (status) => ended.push([name, method, at, status]),
  });
  const rail = httpRail(url, { trace });

  await rail.send(instruction('p1.1'), yes);
  await rail.lookUp('p1.1');

  expect(seen).toEqual([
    ['POST', 'of POST'],
    ['GET', 'of GET'],
  ]);
  expect(ended).toEqual([
    ['transfers', 'POST', `${url}/transfers`, 503],
    ['transfers', 'GET', `${url}/transfers/p1.1`, undefined],
  ]);
});
