import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** What a server does with a connection once the first bytes have arrived. */
export type Behaviour = (socket: Socket) => void;

/** A TCP or TLS server on loopback that answers with raw bytes. */
export class HostileServer {
  readonly connections: Socket[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.connections.push(socket);
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
  }

  /** On all addresses of the machine, IPv6 included if it has it, or on one. */
  static async tcp(behaviour: Behaviour, at: 'all' | '127.0.0.1' = '127.0.0.1'): Promise<HostileServer> {
    return HostileServer.#listen(new HostileServer(createServer((socket) => answer(socket, behaviour))), at);
  }

  static async tls(options: TlsOptions, behaviour: Behaviour): Promise<HostileServer> {
    const server = createTlsServer(options, (socket) => answer(socket, behaviour));
    return HostileServer.#listen(new HostileServer(server), '127.0.0.1');
  }

  static async #listen(server: HostileServer, at: 'all' | '127.0.0.1'): Promise<HostileServer> {
    server.#server.listen({ port: 0, ...(at === 'all' ? {} : { host: at }) });
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** On all connections, TLS included. */
  get bytesWritten(): number {
    return this.connections.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
  }

  /** Ends the connections, but goes on listening. */
  disconnect(): void {
    for (const socket of this.connections) socket.destroy();
  }

  async close(): Promise<void> {
    this.disconnect();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function answer(socket: Socket, behaviour: Behaviour): void {
  socket.on('error', () => undefined);
  socket.once('data', () => behaviour(socket));
}

export const write =
  (...parts: readonly string[]): Behaviour =>
  (socket) => {
    for (const part of parts) socket.write(part, 'latin1');
  };

/** Writes `head`, then `part` every few milliseconds, for ever. */
export const drip =
  (head: string, part: string, everyMs = 20): Behaviour =>
  (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(part), everyMs);
    socket.on('close', () => clearInterval(timer));
  };

/** Writes `head`, then `part` again and again as fast as the client reads, up to `maxBytes`. */
export const flood =
  (head: string, part: string | Buffer, maxBytes = Number.POSITIVE_INFINITY): Behaviour =>
  (socket) => {
    socket.write(head);
    const send = () => {
      while (socket.writable && socket.bytesWritten < maxBytes)
        if (!socket.write(part)) return void socket.once('drain', send);
    };
    send();
  };
