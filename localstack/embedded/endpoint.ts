/** The endpoint of the stack. Like LocalStack, it serves all services on one port. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Pool } from 'undici';
import { type AwsService, serviceOf } from './aws-service.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export type Handlers = Record<AwsService, Handler>;

export interface Endpoint {
  port: number;
  /** Waits for requests in progress, at most 1.5 s, then closes. */
  stop(): Promise<void>;
}

/**
 * Listens on loopback.
 * @param port 0 for any free one.
 */
export async function startEndpoint(port: number, handlers: Handlers): Promise<Endpoint> {
  const server = createServer((request, response) => {
    if (request.url === '/_localstack/health') return answer(response, 200, health());
    const service = serviceOf(request);
    if (typeof service === 'object') {
      const message = `The embedded stack has no service "${service.unknown}".`;
      return answer(response, 501, { __type: 'InternalFailure', message });
    }
    // A handler rejects if the client disconnected or if the request cannot be parsed.
    Promise.resolve(handlers[service](request, response)).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 75_000; // longer than any SDK keeps an idle connection, so we never close one that is about to be reused
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the endpoint has no TCP address');
  return { port: address.port, stop: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1_500).unref())]);
  server.closeAllConnections();
}

/** The same shape as LocalStack, so that its health checks work here. */
function health(): unknown {
  const services = ['dynamodb', 'dynamodbstreams', 'lambda', 's3', 'sns', 'sqs', 'stepfunctions', 'sts'];
  return {
    services: Object.fromEntries(services.map((name) => [name, 'running'])),
    edition: 'sluice-embedded',
    version: '4.14.0',
  };
}

/** Answers in the AWS JSON 1.0 protocol. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Headers that apply to one connection. undici sets its own. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect', 'upgrade', 'proxy-connection']);

/**
 * Forwards requests to another HTTP server over kept-alive connections. If the server cannot be reached, it answers 503, which
 * every AWS SDK retries.
 */
export function proxyTo(origin: string): { handle: Handler; stop(): Promise<void> } {
  const pool = new Pool(origin, { connections: 128, headersTimeout: 65_000, bodyTimeout: 65_000 });
  const handle: Handler = (request, response) => {
    const method = request.method ?? 'GET';
    const bodyless = method === 'GET' || method === 'HEAD';
    pool
      .stream(
        { path: request.url ?? '/', method, headers: forwarded(request.rawHeaders), body: bodyless ? null : request },
        ({ statusCode, headers }) => {
          for (const name of HOP_BY_HOP) delete headers[name];
          return response.writeHead(statusCode, headers);
        },
      )
      .catch((error: Error) => {
        if (response.headersSent) response.destroy(error);
        else answer(response, 503, { __type: 'ServiceUnavailable', message: `${origin}: ${error.message}` });
      });
  };
  return { handle, stop: () => pool.destroy() };
}

function forwarded(rawHeaders: string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
