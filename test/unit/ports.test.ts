import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../localstack/embedded/ports.ts';

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';

test('a free port is never one that the system gives to an outgoing connection', async () => {
  const firstOutgoing = process.platform === 'linux' ? Number.parseInt(readFileSync(RANGE, 'utf8'), 10) : 49_152;

  const ports = await Promise.all(Array.from({ length: 500 }, freePort));

  expect(Math.max(...ports)).toBeLessThan(firstOutgoing);
  expect(Math.min(...ports)).toBeGreaterThan(1023);
});

test('a server can listen there', async () => {
  const port = await freePort();
  const server = createServer();

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  expect(server.address()).toMatchObject({ port });
  await new Promise((resolve) => server.close(resolve));
});
