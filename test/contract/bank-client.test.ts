import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { logger } from '../../lib/edge/log.ts';
import type { Asset, Currency } from '../../lib/kernel/money.ts';
import { NO_CIRCUIT } from '../../lib/rail/circuit.ts';
import { HttpRail } from '../../lib/rail/http.ts';
import type { RailInstruction } from '../../lib/rail/port.ts';
import { givenANetwork } from '../support/servers.ts';
import { type BankCaller, eventually, givenABank } from './bank-caller.ts';

/** Long enough for every answer that arrives, and short enough to wait for a missing one. */
const PATIENT_MS = 10_000;
const IMPATIENT_MS = 150;
const yes = async () => true;

function client(url: string, options: Partial<ConstructorParameters<typeof HttpRail>[0]> = {}): HttpRail {
  return new HttpRail({
    url,
    resource: 'transfers',
    deadlineMs: PATIENT_MS,
    maxInFlight: 10,
    circuit: NO_CIRCUIT,
    authentication: { rail: 'bank', secret: undefined, now: Date.now, log: logger },
    ...options,
  });
}

function instruction(reference: string): RailInstruction {
  return {
    reference,
    instruction: reference.replace(/\.\d+$/, ''),
    money: { minor: 150_050n, currency: 'IDR' as Currency },
    destination: { bank_account: '0012345678', bank_name: 'BCA' },
  };
}

const references = Array.from({ length: 20 }, (_, index) => `p${index}.1`);

/** A rail that answers every request as the test specifies. */
async function givenARail(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (status: number, body: unknown) => (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('the bank client, in each mode of the bank', () => {
  it('happy: pays, to the last digit; a look-up agrees', async () => {
    const bank = await givenABank();
    const rail = client(bank.url);
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
    const rail = client(bank.url);
    const refused = { kind: 'refused', failure: { code, message: expect.any(String), retryable } };
    expect(await rail.send(instruction('p1.1'), yes)).toEqual(refused);
    expect(await rail.lookUp('p1.1')).toEqual(refused);
  });

  it('500: no answer, every time; look-ups report the outcome', async () => {
    const bank = await givenABank({ mode: '500' });
    const rail = client(bank.url);
    const sent = await Promise.all(references.map((reference) => rail.send(instruction(reference), yes)));
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set(['unanswered']));
    const outcomes = await Promise.all(references.map((reference) => rail.lookUp(reference)));
    expect(outcomes.filter(({ kind }) => kind === 'paid')).toHaveLength(await moved(bank));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['paid', 'refused']));
  });

  it('garbage: no answer although the status is 200; look-ups report the payment', async () => {
    const bank = await givenABank({ mode: 'garbage' });
    const rail = client(bank.url);
    const sent = await Promise.all(references.map((reference) => rail.send(instruction(reference), yes)));
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set(['unanswered']));
    for (const reference of references) expect(await rail.lookUp(reference)).toMatchObject({ kind: 'paid' });
  });

  it('timeout: no answer by the deadline; a look-up finds nothing', async () => {
    const bank = await givenABank({ mode: 'timeout' });
    const rail = client(bank.url, { deadlineMs: IMPATIENT_MS });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await client(bank.url).lookUp('p1.1')).toEqual({ kind: 'not_found' });
  });

  it('timeout-after-effect: no answer by the deadline, but paid', async () => {
    const bank = await givenABank({ mode: 'timeout-after-effect' });
    const rail = client(bank.url, { deadlineMs: IMPATIENT_MS });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    await eventually(async () => (await client(bank.url).lookUp('p1.1')).kind === 'paid');
  });

  it('latency: processing until it is paid', async () => {
    const bank = await givenABank({ mode: 'latency', latency_ms: [400, 400] });
    const rail = client(bank.url);
    const sending = rail.send(instruction('p1.1'), yes);
    await eventually(async () => (await rail.lookUp('p1.1')).kind !== 'not_found');
    expect((await rail.lookUp('p1.1')).kind).toBe('in_process');
    expect(await sending).toMatchObject({ kind: 'paid' });
  });

  it('random: the answers agree with look-ups and with the moved money', async () => {
    const bank = await givenABank({ mode: 'random', seed: 7 });
    const rail = client(bank.url);
    const many = Array.from({ length: 100 }, (_, index) => `p${index}.1`);
    const sent = await Promise.all(many.map((reference) => rail.send(instruction(reference), yes)));
    expect(await Promise.all(many.map((reference) => rail.lookUp(reference)))).toEqual(sent);
    expect(sent.filter(({ kind }) => kind === 'paid')).toHaveLength(await moved(bank));
  });

  it('look-ups down: no answer', async () => {
    const bank = await givenABank({ lookups: 'down' });
    expect(await client(bank.url).lookUp('p1.1')).toEqual({ kind: 'no_answer' });
  });

  it('duplicates rejected: a known reference is not a refusal of the payment', async () => {
    const bank = await givenABank({ duplicates: 'reject' });
    const rail = client(bank.url);
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'paid' });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await rail.lookUp('p1.1')).toMatchObject({ kind: 'paid' });
    expect(await moved(bank)).toBe(1);
  });
});

describe('the bank client rejects an answer', () => {
  const paid = { reference: 'p1.1', status: 'completed', bank_id: 'BANK-1' };

  it.for([
    ['that names another reference', { ...paid, reference: 'p2.1' }],
    ['without a reference', { status: 'completed', bank_id: 'BANK-1' }],
    ['of an unknown status', { ...paid, status: 'done' }],
    ['without a bank id', { reference: 'p1.1', status: 'completed' }],
    ['that is a list', [paid]],
    ['that is null', null],
  ])('%s, with any status code', async ([, body]) => {
    for (const status of [200, 201, 422, 503]) {
      const rail = client(await givenARail(answering(status, body)));
      expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
      expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    }
  });

  it('to a transfer of not_found or processing', async () => {
    for (const status of ['not_found', 'processing']) {
      const rail = client(await givenARail(answering(200, { reference: 'p1.1', status })));
      expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    }
  });

  it('that breaks off before its head, in it or in its body', async () => {
    const breaks: ((response: ServerResponse) => void)[] = [
      (response) => void response.destroy(),
      (response) => void response.socket?.end('HTTP/1.1 200'),
      (response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"reference":"p1.1"', () => response.destroy());
      },
    ];
    for (const breakOff of breaks) {
      const rail = client(await givenARail((_request, response) => breakOff(response)));
      expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
      expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    }
  });

  it('whose bytes arrive until after the deadline', async () => {
    const url = await givenARail((_request, response) => {
      response.writeHead(200).write(JSON.stringify(paid).slice(0, 20));
    });
    const rail = client(url, { deadlineMs: IMPATIENT_MS });
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
  });

  it('of a closed port: a refused connection counts as no answer', async () => {
    const rail = client('http://127.0.0.1:9'); // the discard port, which is closed
    expect(await rail.send(instruction('p1.1'), yes)).toMatchObject({ kind: 'unanswered' });
    expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    expect(await rail.isHealthy()).toBe(false);
  });
});

describe('the bank client', () => {
  it('sends nothing without permission', async () => {
    const bank = await givenABank();
    expect(await client(bank.url).send(instruction('p1.1'), async () => false)).toEqual({
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
    const rail = client(url, { maxInFlight: 3 });
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
    const rail = client(bank.url);
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
    const rail = client(`http://127.0.0.1:${network.port}`, {
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
    const chain = client(bank.url, { resource: 'broadcasts' });
    const sent = await chain.send(eth, yes);
    expect(sent).toEqual({ kind: 'paid', bankId: expect.stringMatching(/^0x[0-9a-f]{64}$/), confirmations: 0 });
    expect(await chain.lookUp('w1.1')).toEqual(sent);
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ totals: { ETH: `${10n ** 77n}` } });
  });

  it('treats a dropped transaction as a retryable refusal', async () => {
    const dropped = { reference: 'w1.1', status: 'refused', code: 'TRANSACTION_DROPPED', message: 'gone' };
    const chain = client(await givenARail(answering(200, dropped)), { resource: 'broadcasts' });
    const failure = { code: 'TRANSACTION_DROPPED', message: 'gone', retryable: true };
    expect(await chain.lookUp('w1.1')).toEqual({ kind: 'refused', failure });
  });

  it.each([-1, 1.5, '3'])('rejects %j confirmations', async (confirmations) => {
    const answer = { reference: 'w1.1', status: 'completed', bank_id: '0x1', confirmations };
    const chain = client(await givenARail(answering(201, answer)), { resource: 'broadcasts' });
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
  const trace: ConstructorParameters<typeof HttpRail>[0]['trace'] = ({ name, method, url: at }) => ({
    headers: { traceparent: `of ${method}` },
    end: (status) => ended.push([name, method, at, status]),
  });
  const rail = client(url, { trace });

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
