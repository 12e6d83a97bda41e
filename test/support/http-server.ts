import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};
/** `drop` closes the connection without an answer, `hang` never answers. */
export type Reply =
  | 'drop'
  | 'hang'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

/** An HTTP server that answers with these replies in their order, and keeps the last one. */
export class ScriptedServer {
  readonly received: Received[] = [];
  readonly #server: Server;

  private constructor(replies: readonly Reply[]) {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = request;
      this.received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const reply = replies[Math.min(this.received.length, replies.length) - 1] ?? 'drop';
      if (reply === 'hang') return;
      if (reply === 'drop') return void request.socket.destroy();
      const { status, body = '' } = reply;
      const type = typeof body === 'string' ? 'text/plain' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...reply.headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  static async answering(...replies: Reply[]): Promise<ScriptedServer> {
    const server = new ScriptedServer(replies);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** An answer in the one error shape. */
export function errorReply(status: number, code: string, headers: Record<string, string> = {}): Reply {
  const error = { code, message: `It is ${code}.`, details: [], request_id: 'r-1' };
  return { status, headers, body: { error } };
}
