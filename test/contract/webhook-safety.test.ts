import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../lib/webhooks/call.ts';
import { publicConnector } from '../../lib/webhooks/http-connector.ts';
import { httpEndpointClient } from '../../lib/webhooks/http-endpoint-client.ts';
import { nameServerLookup } from '../../lib/webhooks/http-lookup.ts';
import { Authority, certificate } from '../support/certificates.ts';
import { type Behaviour, drip, flood, HostileServer, write } from '../support/hostile-server.ts';
import { NameServer } from '../support/name-server.ts';

const limits = { connectMs: 400, totalMs: 600 };
/** How much later than its limit a call may end on a busy machine, in milliseconds. */
const SLACK_MS = 1_500;
const OK = 'HTTP/1.1 200 OK\r\n';
const EMPTY = 'content-length: 0\r\n\r\n';
const SECRET = 'sk_live_of_somebody_else';
const CLOSED = 'the connection was closed before a complete answer';
const LATE = 'no answer within 0.6 s';
const NOT_HTTP = 'the answer is not valid HTTP';

const atEnd: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of atEnd.reverse()) await close();
});

function clientOf(options: Partial<Parameters<typeof httpEndpointClient>[0]> = {}) {
  const client = httpEndpointClient({ allowLocal: false, limits, ...options });
  atEnd.push(() => client.close());
  return client;
}

async function serverOf(behaviour: Behaviour) {
  const server = await HostileServer.tcp(behaviour);
  atEnd.push(() => server.close());
  return server;
}

async function nameServerOf(zone: Parameters<typeof NameServer.of>[0]) {
  const server = await NameServer.of(zone);
  atEnd.push(() => server.close());
  return server;
}

/** Answers the request that it has received, and every further one on the same connection. */
const answerEach: Behaviour = (socket) => {
  socket.write(OK + EMPTY);
  socket.on('data', (bytes) => bytes.includes('POST /') && socket.write(OK + EMPTY));
};
const toLoopback: NonNullable<Parameters<typeof httpEndpointClient>[0]['lookup']> = (_name, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

const call = (url: string) => ({ url, headers: { 'content-type': 'application/json' }, body: '{"type":"test"}' });
const post = (url: string, client = clientOf({ allowLocal: true })): Promise<Outcome> => client.post(call(url));

describe('hostile names, with loopback refused', () => {
  const names = {
    private: [['10.0.0.7'], 'the address 10.0.0.7 of private.example is private'],
    'private-172': [['172.31.255.255'], 'the address 172.31.255.255 of private-172.example is private'],
    'private-192': [['192.168.1.1'], 'the address 192.168.1.1 of private-192.example is private'],
    loopback: [['127.0.0.1'], 'the address 127.0.0.1 of loopback.example is a loopback address'],
    'loopback-far': [['127.255.255.254'], 'the address 127.255.255.254 of loopback-far.example is a loopback address'],
    'loopback-6': [['::1'], 'the address ::1 of loopback-6.example is a loopback address'],
    metadata: [['169.254.169.254'], 'the address 169.254.169.254 of metadata.example is link-local'],
    'metadata-6': [['fd00:ec2::254'], 'the address fd00:ec2::254 of metadata-6.example is private'],
    'link-local-6': [['fe80::1'], 'the address fe80::1 of link-local-6.example is link-local'],
    'carrier-nat': [['100.64.0.1'], 'the address 100.64.0.1 of carrier-nat.example is private'],
    unspecified: [['0.0.0.0'], 'the address 0.0.0.0 of unspecified.example is unspecified'],
    'unspecified-6': [['::'], 'the address :: of unspecified-6.example is unspecified'],
    multicast: [['224.0.0.1'], 'the address 224.0.0.1 of multicast.example is a multicast address'],
    broadcast: [['255.255.255.255'], 'the address 255.255.255.255 of broadcast.example is a broadcast address'],
    benchmark: [['198.18.0.1'], 'the address 198.18.0.1 of benchmark.example is reserved'],
    mapped: [['::ffff:127.0.0.1'], 'the address ::ffff:127.0.0.1 of mapped.example is reserved'],
    compatible: [['::7f00:1'], 'the address ::127.0.0.1 of compatible.example is reserved'],
    nat64: [['64:ff9b::7f00:1'], 'the address 64:ff9b::7f00:1 of nat64.example is reserved'],
    '6to4': [['2002:7f00:1::'], 'the address 2002:7f00:1:: of 6to4.example is reserved'],
    teredo: [['2001:0:7f00:1::'], 'the address 2001:0:7f00:1:: of teredo.example is reserved'],
    'one-of-many': [['8.8.8.8', '8.8.4.4', '10.0.0.7'], 'the address 10.0.0.7 of one-of-many.example is private'],
    'one-family': [['8.8.8.8', 'fd00::1'], 'the address fd00::1 of one-family.example is private'],
    empty: [[], 'the host name does not resolve'],
  } as const;

  it.each(Object.entries(names))('does not connect to %s.example', async (name, [addresses, error]) => {
    const nameServer = await nameServerOf({ [`${name}.example`]: [addresses] });
    const client = clientOf({ lookup: nameServerLookup([nameServer.address]) });
    const outcome = await post(`https://${name}.example/hook`, client);
    expect(outcome).toEqual({ durationMs: expect.any(Number), error });
    expect(nameServer.asked).toEqual([`${name}.example`]);
  });

  it.each([
    ['unknown', undefined, 'the host name does not resolve'],
    ['failing', 'failing', 'the host name could not be resolved'],
    ['garbage', 'garbage', 'the host name could not be resolved'],
    ['silent', 'silent', 'the connection timed out'],
  ] as const)('gives a reason when the name server is %s', async (name, zone, error) => {
    const nameServer = await nameServerOf(zone ? { [`${name}.example`]: zone } : {});
    const client = clientOf({
      lookup: nameServerLookup([nameServer.address]),
      limits: { connectMs: 400, totalMs: 3_000 },
    });
    const outcome = await post(`https://${name}.example/`, client);
    expect(outcome.error).toBe(error);
    expect(outcome.durationMs).toBeLessThan(limits.connectMs + SLACK_MS);
  });

  it('resolves other names at once while name servers of ten names do not answer', async () => {
    const slow = Array.from({ length: 10 }, (_, index) => `slow-${index}.example`);
    const zone = Object.fromEntries(slow.map((name) => [name, 'silent' as const]));
    const nameServer = await nameServerOf({ ...zone, 'fast.example': [['10.0.0.7']] });
    const client = clientOf({ lookup: nameServerLookup([nameServer.address]) });
    const waiting = slow.map((name) => post(`https://${name}/`, client));
    const outcome = await post('https://fast.example/', client);
    expect(outcome.error).toContain('is private');
    expect(outcome.durationMs).toBeLessThan(300);
    await Promise.all(waiting);
  });
});

describe('the connector, with loopback refused', () => {
  const literals = ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::7f00:1', '0.0.0.0', '::'];

  it.each(literals)('does not connect to %s', async (hostname) => {
    const server = await HostileServer.tcp(() => undefined, '::');
    atEnd.push(() => server.close());
    const connector = publicConnector({ allowLocal: false, connectMs: 400, lookup: nameServerLookup() });
    const port = String(server.port);
    const error = await new Promise((resolve) => connector({ hostname, protocol: 'http:', port }, resolve));
    expect(String(error)).toContain(`the address ${hostname} is`);
    expect(server.connections).toEqual([]);
  });
});

describe('a name that resolves to another address later', () => {
  it('is refused when the client connects again', async () => {
    const server = await serverOf(answerEach);
    const nameServer = await nameServerOf({ 'rebind.example': [['127.0.0.1'], ['10.0.0.7']] });
    const client = clientOf({ allowLocal: true, lookup: nameServerLookup([nameServer.address]) });
    const url = `http://rebind.example:${server.port}/`;
    expect(await post(url, client)).toMatchObject({ status: 200 });
    // A connection is free again in the next turn of the event loop.
    await setTimeout(20);
    // The kept connection still leads to the address that was checked.
    expect(await post(url, client)).toMatchObject({ status: 200 });
    expect([server.connections.length, nameServer.asked.length]).toEqual([1, 1]);
    server.disconnect();
    await expect
      .poll(() => post(url, client))
      .toMatchObject({
        error: 'the address 10.0.0.7 of rebind.example is private',
      });
    expect(server.connections).toHaveLength(1);
  });
});

describe.concurrent('hostile servers', () => {
  type Case = readonly [what: string, behaviour: Behaviour, expected: Partial<Outcome>];
  const redirect = (status: number, location: string): Case => [
    `redirect ${status} to ${location}`,
    write(`HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\n${EMPTY}`),
    { status, error: `redirects are not followed (status ${status})` },
  ];
  const cases: readonly Case[] = [
    redirect(301, 'http://169.254.169.254/latest/meta-data/'),
    redirect(302, 'http://[fd00:ec2::254]/latest/meta-data/'),
    redirect(303, 'file:///etc/passwd'),
    redirect(307, 'http://127.0.0.1:6379/'),
    redirect(308, 'gopher://10.0.0.1:25/'),
    ['never answers', () => undefined, { error: LATE }],
    ['closes at once', (socket) => socket.end(), { error: CLOSED }],
    ['resets the connection', (socket) => socket.resetAndDestroy(), { error: CLOSED }],
    ['closes within the head', (socket) => socket.end(`${OK}x-a: `), { error: CLOSED }],
    ['drips its status line', drip('HTTP/1.1 200 ', 'O'), { error: LATE }],
    ['drips its head', drip(`${OK}x-a: `, 'a'), { error: LATE }],
    ['drips headers', drip(OK, 'x-a: a\r\n'), { error: LATE }],
    ['drips its body', drip(`${OK}\r\n`, 'a'), { status: 200, answer: expect.stringMatching(/^a+$/) }],
    ['drips chunk sizes', drip(`${OK}transfer-encoding: chunked\r\n\r\n`, '0'), { status: 200, answer: '' }],
    ['drips trailers', drip(`${OK}transfer-encoding: chunked\r\n\r\n0\r\n`, 'x: y\r\n'), { status: 200, answer: '' }],
    ['drips the body of an error', drip('HTTP/1.1 500 No\r\n\r\n', 'a'), { error: 'the answer has the status 500' }],
    ['sends 100 Continue for ever', drip('', 'HTTP/1.1 100 Continue\r\n\r\n'), { error: CLOSED }],
    ['sends 103 Early Hints for ever', drip('', 'HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n', 1), { error: LATE }],
    ['switches protocols', write('HTTP/1.1 101 S\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'), { error: CLOSED }],
    ['talks like an SSH server', write('SSH-2.0-OpenSSH_9.9\r\n'), { error: NOT_HTTP }],
    ['sends garbage', write(`\0\u{1}\u{ff}${SECRET}\r\n\r\n`), { error: NOT_HTTP }],
    ['has no valid status', write('HTTP/1.1 999999 OK\r\n\r\n'), { error: NOT_HTTP }],
    ['has an invalid length', write(`${OK}content-length: -1\r\n\r\n`), { error: NOT_HTTP }],
    ['has two lengths', write(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`), { error: NOT_HTTP }],
    ['sends invalid chunks', write(`${OK}transfer-encoding: chunked\r\n\r\nZZ\r\n`), { status: 200, answer: '' }],
    [
      'ends before its length',
      (socket) => socket.end(`${OK}content-length: 9\r\n\r\nabc`),
      { status: 200, answer: 'abc' },
    ],
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
    ['speaks TLS only', write('\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}'), { error: NOT_HTTP }],
  ];

  it.each(cases)('ends a call of one that %s', async (_what, behaviour, expected) => {
    const server = await serverOf(behaviour);
    const outcome = await post(`http://127.0.0.1:${server.port}/`);
    expect(outcome).toMatchObject(expected);
    expect(outcome.durationMs).toBeLessThan(limits.totalMs + SLACK_MS);
    if (outcome.status === 200) expect(outcome.error).toBeUndefined();
    else expect(outcome.error).toBeTypeOf('string');
    expect(JSON.stringify(outcome)).not.toContain(SECRET);
    expect(server.connections).toHaveLength(1);
  });

  it('gives a reason when nothing listens', async () => {
    const server = await HostileServer.tcp(() => undefined);
    const { port } = server;
    await server.close();
    expect((await post(`http://127.0.0.1:${port}/`)).error).toBe('the connection was refused');
  });

  it.each([
    ['http://10.0.0.7/', 'the address 10.0.0.7 is private'],
    ['http://169.254.169.254/', 'the address 169.254.169.254 is link-local'],
    ['http://[::ffff:127.0.0.1]/', 'the address ::ffff:7f00:1 is reserved'],
    ['http://0.0.0.0/', 'the address 0.0.0.0 is unspecified'],
  ])('refuses %s even where loopback is permitted', async (url, error) => {
    expect(await post(url)).toEqual({ durationMs: expect.any(Number), error });
  });
});

describe('servers that send without end', () => {
  const GIGABYTE = 1024 ** 3;
  const part = 'a'.repeat(64 * 1024);
  const tooLarge = { error: 'the head of the answer is too large' };
  const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024, 'a'));
  const cases: readonly (readonly [string, Behaviour, Partial<Outcome>])[] = [
    ['a header of 1 GB', flood(`${OK}x-a: `, part, GIGABYTE), tooLarge],
    ['endless headers', flood(OK, `x-a: ${'a'.repeat(1000)}\r\n`.repeat(64)), tooLarge],
    ['an endless name of a header', flood(OK, part), tooLarge],
    ['an endless body', flood(`${OK}\r\n`, part), { status: 200, answer: part.slice(0, 16 * 1024) }],
    ['a body of 1 GB', flood(`${OK}content-length: ${GIGABYTE}\r\n\r\n`, part, GIGABYTE), { status: 200 }],
    ['an endless chunk', flood(`${OK}transfer-encoding: chunked\r\n\r\nfffffff\r\n`, part), { status: 200 }],
    [
      'a gzip bomb',
      flood(`${OK}content-encoding: gzip\r\n\r\n`, bomb),
      { answer: expect.not.stringContaining('aaaa') },
    ],
  ];

  it.each(cases)('are cut off: %s', async (_what, behaviour, expected) => {
    const server = await serverOf(behaviour);
    const client = clientOf({ allowLocal: true });
    const before = usedMemory();
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, usedMemory());
    }, 5);
    for (let round = 0; round < 5; round += 1) {
      const outcome = await post(`http://127.0.0.1:${server.port}/`, client);
      expect(outcome).toMatchObject(expected);
      expect(outcome.durationMs).toBeLessThan(limits.totalMs);
      expect(Buffer.byteLength(outcome.answer ?? '')).toBeLessThanOrEqual(16 * 1024);
    }
    clearInterval(timer);
    await expect.poll(() => server.connections.every(({ destroyed }) => destroyed)).toBe(true);
    // Of five calls: what the buffers of the kernel take.
    expect(server.bytesWritten).toBeLessThan(64 * 1024 ** 2);
    expect(peak - before).toBeLessThan(32 * 1024 ** 2);
  });
});

function usedMemory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('connections', () => {
  it('are kept for at most 200 origins, and calls under way are not disturbed', async () => {
    const server = await serverOf(answerEach);
    let answerSlow = () => {};
    const slowServer = await serverOf((socket) => {
      answerSlow = () => socket.write(OK + EMPTY);
    });
    const client = clientOf({ allowLocal: true, lookup: toLoopback, limits: { connectMs: 5_000, totalMs: 10_000 } });
    const slow = post(`http://slow.example:${slowServer.port}/`, client);
    for (let host = 0; host < 250; host += 1)
      expect(await post(`http://h${host}.example:${server.port}/`, client)).toMatchObject({ status: 200 });
    await expect.poll(() => server.connections.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(200);
    answerSlow();
    expect(await slow).toMatchObject({ status: 200 });
  });

  it('end at once when the client closes, with the calls under way', async () => {
    const server = await serverOf(() => undefined);
    const client = clientOf({ allowLocal: true, limits: { connectMs: 5_000, totalMs: 10_000 } });
    const waiting = post(`http://127.0.0.1:${server.port}/`, client);
    await expect.poll(() => server.connections.length).toBe(1);
    await client.close();
    expect((await waiting).error).toBe('the call was ended');
    expect((await post(`http://127.0.0.1:${server.port}/`, client)).error).toBe('the call was ended');
  });
});

describe('TLS', () => {
  const client = clientOf({ allowLocal: true, lookup: toLoopback });
  const answered = write(OK + EMPTY);
  let authority: Authority;

  async function tlsServer(...args: Parameters<typeof HostileServer.tls>) {
    const server = await HostileServer.tls(...args);
    atEnd.push(() => server.close());
    return server;
  }
  const postTo = (name: string, { port }: HostileServer) => post(`https://${name}:${port}/`, client);

  beforeAll(async () => {
    authority = await Authority.create('Known');
    setDefaultCACertificates([authority.cert]);
  });

  it('sends the name of the host, and accepts a valid certificate for it', async () => {
    const asked: string[] = [];
    const options = await authority.issue('good.example');
    const server = await tlsServer(options, (socket) => {
      if ('servername' in socket) asked.push(String(socket.servername));
      answered(socket);
    });
    expect(await postTo('good.example', server)).toMatchObject({ status: 200 });
    expect(asked).toEqual(['good.example']);
  });

  it('refuses certificates that are expired, not valid yet, for another name or from elsewhere', async () => {
    const unknown = await Authority.create('Unknown');
    const forged = await Authority.create('Known');
    const reasons = await Promise.all(
      [
        authority.issue('good.example', -400),
        authority.issue('good.example', 3),
        authority.issue('other.example'),
        certificate('good.example', {}),
        unknown.issue('good.example'),
        forged.issue('good.example'),
      ].map(async (options) => (await postTo('good.example', await tlsServer(await options, answered))).error),
    );
    expect(reasons).toEqual([
      'the TLS certificate has expired',
      'the TLS certificate is not valid yet',
      'the TLS certificate is for another name',
      'the TLS certificate is self-signed',
      'the TLS certificate is from an unknown authority',
      'the TLS certificate is not valid',
    ]);
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses a server that has only %s', async (version) => {
    const options = { ...(await authority.issue('good.example')), ciphers: 'DEFAULT@SECLEVEL=0' };
    const server = await tlsServer({ ...options, minVersion: version, maxVersion: version }, answered);
    expect((await postTo('good.example', server)).error).toBe('the endpoint must support TLS 1.2 or newer');
  });

  it('gives a reason when the port has no TLS, or when the handshake does not end', async () => {
    const plain = await serverOf(write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await postTo('good.example', plain)).error).toBe('the endpoint does not use TLS on this port');
    const silent = await serverOf(() => undefined);
    const patient = clientOf({ allowLocal: true, limits: { ...limits, totalMs: 5_000 } });
    expect((await post(`https://localhost:${silent.port}/`, patient)).error).toBe('the connection timed out');
  });
});

describe('a process that sends webhooks', () => {
  it('uses no proxy, keeps verifying TLS, and writes nothing of an answer anywhere', async () => {
    const proxy = await serverOf(write(`${OK}${EMPTY}`));
    const answers = [`HTTP/1.1 500 ${SECRET}\r\nx-a: ${SECRET}\r\n\r\n${SECRET}`, `${SECRET}\r\n\r\n`];
    const servers = await Promise.all(answers.map((text) => serverOf((socket) => socket.end(text))));
    const tls = await HostileServer.tls(await certificate('localhost', {}), write(OK + EMPTY));
    atEnd.push(() => tls.close());
    const urls = [...servers.map(({ port }) => `http://127.0.0.1:${port}/`), `https://localhost:${tls.port}/`];
    const script = `
      const { httpEndpointClient } = await import(${JSON.stringify(import.meta.resolve('../../lib/webhooks/http-endpoint-client.ts'))});
      const client = httpEndpointClient({ allowLocal: true });
      const outcomes = [];
      for (const url of ${JSON.stringify(urls)}) outcomes.push(await client.post({ url, headers: {}, body: '{}' }));
      await client.close();
      console.log(outcomes.map(({ error }) => error).join());`;
    const address = `http://127.0.0.1:${proxy.port}`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: {
        ...process.env,
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: address,
        HTTPS_PROXY: address,
        ALL_PROXY: address,
        NO_PROXY: '',
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_NO_WARNINGS: '1',
      },
    });
    expect(stdout.trim().split(',')).toEqual([
      'the answer has the status 500',
      NOT_HTTP,
      'the TLS certificate is self-signed',
    ]);
    expect(stderr).toBe('');
    expect(proxy.connections).toEqual([]);
  });
});
