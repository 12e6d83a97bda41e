import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../lib/webhooks/call.ts';
import { type Behaviour, drip, flood, HostileServer, write } from '../support/hostile-server.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { answerEach, EMPTY, givenWebhookCalls, OK, PATIENT, post, toLoopback } from '../support/webhook-calls.ts';

const SECRET = 'sk_live_of_somebody_else';
const CLOSED = { error: 'the connection was closed before a complete answer' };
const NOT_HTTP = { error: 'the answer is not valid HTTP' };
const TOO_LARGE = { error: 'the head of the answer is too large' };
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

type Case = readonly [what: string, behaviour: Behaviour, expected: Partial<Outcome>];
const given = givenWebhookCalls();

describe('a call', () => {
  it('is a POST with the headers and the body', async () => {
    const server = await ScriptedServer.answering({ status: 204 });
    const headers = { 'content-type': 'application/json', 'webhook-id': 'msg_1' };
    const body = '{"name":"Zoë"}';
    const outcome = await given.client().post({ url: `${server.url}/hook?shop=1`, headers, body });
    expect(outcome).toEqual({ durationMs: expect.any(Number), status: 204, answer: '' });
    expect(server.received).toMatchObject([{ method: 'POST', url: '/hook?shop=1', headers, body }]);
    await server.close();
  });

  it.each([
    ['http://hooks.example/', 'the URL must use https'],
    ['https://hooks.example:22/', 'the port must be 443 or 8443'],
    ['https://user:secret@hooks.example/', 'the URL must have no user name or password'],
    ['https://redis.internal/', 'the host redis.internal is not a public DNS name'],
    ['https://[::7f00:1]/', 'the address ::7f00:1 is reserved'],
    ['gopher://hooks.example/', 'the URL must use https'],
    ['', 'the URL must be an absolute URL'],
  ])('is not made to %j, and its name is not looked up', async (url, error) => {
    const lookup = vi.fn(toLoopback);
    expect(await post(given.client({ allowLocal: false, lookup }), url)).toEqual({
      durationMs: expect.any(Number),
      error,
    });
    expect(lookup).not.toHaveBeenCalled();
  });

  it('with an invalid header gets a reason', async () => {
    const call = { url: 'http://127.0.0.1:1/', headers: { 'x-a': 'a\r\nb: c' }, body: '' };
    expect((await given.client().post(call)).error).toBe('the request is not valid HTTP');
  });
});

describe.concurrent('a call is ended by its limit of time if the server', () => {
  const limits = { ...PATIENT, totalMs: 1_000 };
  const late = { error: 'no answer within 1 s' };
  const cases: readonly Case[] = [
    ['never answers', () => undefined, late],
    ['drips its status line', drip('HTTP/1.1 200 ', 'O'), late],
    ['drips its head', drip(`${OK}x-a: `, 'a'), late],
    ['drips headers', drip(OK, 'x-a: a\r\n'), late],
    ['sends 103 Early Hints for ever', drip('', 'HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n', 1), late],
    ['drips its body', drip(`${OK}\r\n`, 'a'), { status: 200, answer: expect.stringMatching(/^a+$/) }],
    ['drips the size of a chunk', drip(CHUNKED, '0'), { status: 200, answer: '' }],
    ['drips trailers', drip(`${CHUNKED}0\r\n`, 'x: y\r\n'), { status: 200, answer: '' }],
    ['drips the body of an error', drip('HTTP/1.1 500 No\r\n\r\n', 'a'), { error: 'the answer has the status 500' }],
  ];

  it.each(cases)('%s', async (_what, behaviour, expected) => {
    const server = await given.server(behaviour);
    const outcome = await post(given.client({ limits }), `http://127.0.0.1:${server.port}/`);
    expect(outcome).toMatchObject(expected);
    expect(outcome.error === undefined).toBe(outcome.status === 200);
    expect(outcome.durationMs).toBeLessThan(limits.totalMs + 1_000);
    await setTimeout(100);
    expect(server.connections.map(({ destroyed }) => destroyed)).toEqual([true]);
  });
});

describe('a call ends at once, without a second connection, if the server', () => {
  const redirect = (status: number, location: string): Case => [
    `redirects with ${status} to ${location}`,
    write(`HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\n${EMPTY}`),
    { status, error: `redirects are not followed (status ${status})` },
  ];
  const cases: readonly Case[] = [
    redirect(301, 'http://169.254.169.254/latest/meta-data/'),
    redirect(302, 'http://[fd00:ec2::254]/latest/meta-data/'),
    redirect(303, 'file:///etc/passwd'),
    redirect(307, 'http://127.0.0.1:6379/'),
    redirect(308, 'gopher://10.0.0.1:25/'),
    ['closes', (socket) => socket.end(), CLOSED],
    ['resets the connection', (socket) => socket.resetAndDestroy(), CLOSED],
    ['closes within the head', (socket) => socket.end(`${OK}x-a: `), CLOSED],
    ['sends 100 Continue for ever', drip('', 'HTTP/1.1 100 Continue\r\n\r\n'), CLOSED],
    ['switches protocols', write('HTTP/1.1 101 S\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'), CLOSED],
    ['is an SSH server', write('SSH-2.0-OpenSSH_9.9\r\n'), NOT_HTTP],
    ['has TLS only', write('\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}'), NOT_HTTP],
    ['sends garbage', write(`\0\u{1}\u{ff}${SECRET}\r\n\r\n`), NOT_HTTP],
    ['has no valid status', write('HTTP/1.1 999999 OK\r\n\r\n'), NOT_HTTP],
    ['has a negative length', write(`${OK}content-length: -1\r\n\r\n`), NOT_HTTP],
    ['has two lengths', write(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`), NOT_HTTP],
    ['has a length and chunks', write(`${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`), NOT_HTTP],
    ['sends invalid chunks', write(`${CHUNKED}ZZ\r\n`), { status: 200, answer: '' }],
    ['ends before its length', (it) => it.end(`${OK}content-length: 9\r\n\r\nabc`), { status: 200, answer: 'abc' }],
    [
      'asks for a wait of centuries',
      write(`HTTP/1.1 503 No\r\nretry-after: ${'9'.repeat(400)}\r\n${EMPTY}`),
      { status: 503, retryAfterMs: 7 * 24 * 3600_000, error: 'the answer has the status 503' },
    ],
    [
      'answers with control characters and bytes that are not UTF-8',
      write(`${OK}content-length: 8\r\n\r\na\u{1b}[2J\0\u{ff}b`),
      { status: 200, answer: 'a\u{fffd}[2J\u{fffd}\u{fffd}b' },
    ],
  ];

  it.each(cases)('%s', async (_what, behaviour, expected) => {
    const server = await given.server(behaviour);
    const outcome = await post(given.client(), `http://127.0.0.1:${server.port}/`);
    expect(outcome).toMatchObject(expected);
    expect(outcome.error === undefined).toBe(outcome.status === 200);
    expect(outcome.durationMs).toBeLessThan(PATIENT.totalMs / 2);
    expect(JSON.stringify(outcome)).not.toContain(SECRET);
    expect(server.connections).toHaveLength(1);
  });

  it('does not listen', async () => {
    const server = await HostileServer.tcp(() => undefined);
    const { port } = server;
    await server.close();
    expect((await post(given.client(), `http://127.0.0.1:${port}/`)).error).toBe('the connection was refused');
  });
});

describe('what a server sends without end is cut off:', () => {
  const GIGABYTE = 1024 ** 3;
  const part = 'a'.repeat(64 * 1024);
  const cut = { status: 200, answer: part.slice(0, 16 * 1024) };
  const bomb = gzipSync(Buffer.alloc(32 * 1024 ** 2, 'a'));
  const cases: readonly Case[] = [
    ['a header of 1 GB', flood(`${OK}x-a: `, part, GIGABYTE), TOO_LARGE],
    ['endless headers', flood(OK, `x-a: ${'a'.repeat(1000)}\r\n`.repeat(64)), TOO_LARGE],
    ['an endless name of a header', flood(OK, part), TOO_LARGE],
    ['an endless body', flood(`${OK}\r\n`, part), cut],
    ['a body of 1 GB', flood(`${OK}content-length: ${GIGABYTE}\r\n\r\n`, part, GIGABYTE), cut],
    ['an endless chunk', flood(`${CHUNKED}fffffff\r\n`, part), cut],
    [
      'a gzip bomb',
      flood(`${OK}content-encoding: gzip\r\n\r\n`, bomb),
      { answer: expect.not.stringContaining('aaaa') },
    ],
  ];
  const usedMemory = () => process.memoryUsage().heapUsed + process.memoryUsage().external;

  it.each(cases)('%s', async (_what, behaviour, expected) => {
    const server = await given.server(behaviour);
    const client = given.client();
    const before = usedMemory();
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, usedMemory());
    }, 5);
    for (let round = 0; round < 5; round += 1) {
      const outcome = await post(client, `http://127.0.0.1:${server.port}/`);
      expect(outcome).toMatchObject(expected);
      expect(outcome.durationMs).toBeLessThan(PATIENT.totalMs / 2);
      expect(Buffer.byteLength(outcome.answer ?? '')).toBeLessThanOrEqual(16 * 1024);
    }
    clearInterval(timer);
    await expect.poll(() => server.connections.every(({ destroyed }) => destroyed)).toBe(true);
    expect(server.connections).toHaveLength(5);
    // The buffers of the kernel take 4 MB of each call.
    expect(server.bytesWritten).toBeLessThan(64 * 1024 ** 2);
    expect(peak - before).toBeLessThan(32 * 1024 ** 2);
  });
});

describe('connections', () => {
  it('are used again, and at most 200 of them are kept', async () => {
    const server = await given.server(answerEach);
    const client = given.client({ lookup: toLoopback });
    for (let host = 0; host < 250; host += 1)
      expect(await post(client, `http://h${host}.example:${server.port}/`)).toMatchObject({ status: 200 });
    const open = () => server.connections.filter(({ destroyed }) => !destroyed).length;
    await expect.poll(open).toBe(200);
    await post(client, `http://h249.example:${server.port}/`);
    expect(server.connections).toHaveLength(250);
  });

  it('end at once when the client closes, with the calls under way', async () => {
    const server = await given.server(() => undefined);
    const client = given.client();
    const waiting = post(client, `http://127.0.0.1:${server.port}/`);
    await expect.poll(() => server.connections.length).toBe(1);
    await client.close();
    expect((await waiting).error).toBe('the call was ended');
  });
});
