import type { LookupFunction } from 'node:net';
import { afterAll } from 'vitest';
import type { EndpointClient, Outcome } from '../../lib/webhooks/call.ts';
import { type EndpointClientOptions, httpEndpointClient } from '../../lib/webhooks/http-endpoint-client.ts';
import { type Behaviour, HostileServer } from './hostile-server.ts';
import { NameServer } from './name-server.ts';

/** Longer than any call of a test takes that does not wait for its limit. */
export const PATIENT = { connectMs: 10_000, totalMs: 10_000 };
export const OK = 'HTTP/1.1 200 OK\r\n';
export const EMPTY = 'content-length: 0\r\n\r\n';

/** Resolves every name to loopback. */
export const toLoopback: LookupFunction = (_name, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

/** Answers the request that it has received, and every further one on the same connection. */
export const answerEach: Behaviour = (socket) => {
  socket.write(OK + EMPTY);
  socket.on('data', (bytes) => bytes.includes('POST /') && socket.write(OK + EMPTY));
};

export function post(client: EndpointClient, url: string): Promise<Outcome> {
  return client.post({ url, headers: { 'content-type': 'application/json' }, body: '{"type":"test"}' });
}

/** Clients and servers that are closed after the tests of the file. */
export function givenWebhookCalls() {
  const atEnd: (() => unknown)[] = [];
  afterAll(async () => {
    for (const close of atEnd.reverse()) await close();
  });
  const closing = async <T extends { close(): unknown }>(opened: Promise<T>): Promise<T> => {
    const value = await opened;
    atEnd.push(() => value.close());
    return value;
  };
  return {
    client(options: Partial<EndpointClientOptions> = {}): EndpointClient {
      const client = httpEndpointClient({ allowLocal: true, now: Date.now, limits: PATIENT, ...options });
      atEnd.push(() => client.close());
      return client;
    },
    server: (...args: Parameters<typeof HostileServer.tcp>) => closing(HostileServer.tcp(...args)),
    tlsServer: (...args: Parameters<typeof HostileServer.tls>) => closing(HostileServer.tls(...args)),
    nameServer: (zone: Parameters<typeof NameServer.of>[0]) => closing(NameServer.of(zone)),
  };
}
