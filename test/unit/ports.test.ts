import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

test('two processes that ask at the same time get different ports, also before a server listens there', async () => {
  // Each takes more than half of a range of 64 ports, and holds them without listening.
  const script = `
    import crypto from 'node:crypto';
    import { syncBuiltinESMExports } from 'node:module';
    const real = crypto.randomInt;
    crypto.randomInt = (from) => real(from + 5_000, from + 5_064);
    syncBuiltinESMExports();
    const { freePort } = await import(${JSON.stringify(new URL('../../localstack/embedded/ports.ts', import.meta.url).href)});
    const ports = await Promise.all(Array.from({ length: 24 }, freePort));
    console.log(ports.join(' '));
    process.stdin.resume();
  `;
  const asking = [1, 2].map(() => spawn(process.execPath, ['--input-type=module', '--eval', script]));

  const answers = await Promise.all(asking.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])));

  for (const child of asking) child.kill();
  const ports = answers.flatMap((answer) => answer.trim().split(' '));
  expect(ports).toHaveLength(48);
  expect(new Set(ports).size).toBe(48);
});

test('a server can listen there', async () => {
  const port = await freePort();
  const server = createServer();

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  expect(server.address()).toMatchObject({ port });
  await new Promise((resolve) => server.close(resolve));
});
