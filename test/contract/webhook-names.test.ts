import { describe, expect, it } from 'vitest';
import { publicConnector } from '../../lib/webhooks/http-connector.ts';
import { nameServerLookup } from '../../lib/webhooks/http-lookup.ts';
import { answerEach, givenWebhookCalls, PATIENT, post } from '../support/webhook-calls.ts';

const given = givenWebhookCalls();

async function clientAsking(zone: Parameters<typeof given.nameServer>[0], connectMs = PATIENT.connectMs) {
  const nameServer = await given.nameServer(zone);
  const lookup = nameServerLookup([nameServer.address]);
  return { nameServer, client: given.client({ allowLocal: false, lookup, limits: { ...PATIENT, connectMs } }) };
}

describe('hostile names', () => {
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
    const { client, nameServer } = await clientAsking({ [`${name}.example`]: [addresses] });
    expect(await post(client, `https://${name}.example/hook`)).toEqual({ durationMs: expect.any(Number), error });
    expect(nameServer.asked).toEqual([`${name}.example`]);
  });

  it.concurrent.each([
    ['unknown', undefined, 'the host name does not resolve'],
    ['failing', 'failing', 'the host name could not be resolved'],
    ['garbage', 'garbage', 'the host name could not be resolved'],
    ['silent', 'silent', 'the connection timed out'],
  ] as const)('gives a reason when the name server is %s', async (name, zone, error) => {
    const { client } = await clientAsking(zone ? { [`${name}.example`]: zone } : {}, 400);
    const outcome = await post(client, `https://${name}.example/`);
    expect(outcome.error).toBe(error);
    expect(outcome.durationMs).toBeLessThan(2_000);
  });

  it.concurrent('resolves a name at once while the name servers of ten others do not answer', async () => {
    const slow = Array.from({ length: 10 }, (_, index) => `slow-${index}.example`);
    const silent = Object.fromEntries(slow.map((name) => [name, 'silent' as const]));
    const { client } = await clientAsking({ ...silent, 'fast.example': [['10.0.0.7']] }, 400);
    const waiting = slow.map((name) => post(client, `https://${name}/`));
    const outcome = await post(client, 'https://fast.example/');
    expect(outcome.error).toContain('is private');
    expect(outcome.durationMs).toBeLessThan(400);
    await Promise.all(waiting);
  });
});

describe('the connector', () => {
  const literals = ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::7f00:1', '0.0.0.0', '::'];

  it.each(literals)('does not connect to %s', async (hostname) => {
    const server = await given.server(() => undefined, 'all');
    const connector = publicConnector({ allowLocal: false, connectMs: 1_000, lookup: nameServerLookup() });
    const port = String(server.port);
    const error = await new Promise((resolve) =>
      connector({ hostname, protocol: 'http:', port }, (...args) => resolve(args[0])),
    );
    expect(String(error)).toContain(`the address ${hostname} is`);
    expect(server.connections).toEqual([]);
  });
});

describe('a name that resolves to another address later', () => {
  it('is refused when the client connects again', async () => {
    const server = await given.server(answerEach);
    const nameServer = await given.nameServer({ 'rebind.example': [['127.0.0.1'], ['10.0.0.7']] });
    const client = given.client({ lookup: nameServerLookup([nameServer.address]) });
    const url = `http://rebind.example:${server.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200 });
    // The kept connection still leads to the address that was checked. Each connection resolves the name once.
    expect(await post(client, url)).toMatchObject({ status: 200 });
    expect([server.connections.length, nameServer.asked.length]).toEqual([1, 1]);
    server.disconnect();
    const error = 'the address 10.0.0.7 of rebind.example is private';
    await expect.poll(() => post(client, url)).toMatchObject({ error });
    expect(server.connections).toHaveLength(1);
  });
});
