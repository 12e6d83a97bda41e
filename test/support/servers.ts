import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A TCP server on a free port until the test ends. @returns its port */
export async function givenATcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A network in front of a server. It can forget its connections, as a firewall does: no FIN and no RST, only silence. */
export async function givenANetwork(port: number) {
  let open = new Set<() => void>();
  let connections = 0;
  const at = await givenATcpServer((near) => {
    connections += 1;
    const far = connect(port, '127.0.0.1').on('error', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
    near.on('close', () => far.destroy());
    open.add(() => {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.destroy();
    });
  });
  return {
    port: at,
    connections: () => connections,
    forget() {
      for (const forgetOne of open) forgetOne();
      open = new Set();
    },
  };
}

/** A port that lets nothing in: the process behind it accepts no connection, and its queue is full. */
export async function givenABlackHole(): Promise<number> {
  const script = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(child.stdout, 'data');
  const waiting = Array.from({ length: 4 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
  onTestFinished(() => {
    for (const socket of waiting) socket.destroy();
  });
  await setTimeout(100); // the first two are in the queue now
  return Number(port);
}
