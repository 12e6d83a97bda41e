import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections. */
const PORTS = { from: 10_240, to: 32_768 };

/**
 * A free TCP port on loopback, at random, that no other caller on this machine gets before this process ends: services that start at
 * the same time, or are killed and started again, keep their ports. No outgoing connection can take it either; only a server that
 * does not ask here could.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
}

/** Takes the UDP port of the same number until this process ends. False if a process has it already. */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}

/**
 * True if the port is free or becomes free within `timeoutMs`: the child processes of a service that was just killed need some
 * milliseconds to exit.
 */
export async function becomesFree(port: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await isFree(port)) return true;
    if (Date.now() > deadline) return false;
    await setTimeout(50);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Resolves when a server listens at this port of loopback, or of `host`.
 * @throws Error if none does within `timeoutMs`
 */
export async function untilListening(port: number, timeoutMs: number, host = '127.0.0.1'): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await listens(port, host))) {
    if (Date.now() > deadline) throw new Error(`Nothing listens on ${host}:${port} after ${timeoutMs} ms.`);
    await setTimeout(5);
  }
}

function listens(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
