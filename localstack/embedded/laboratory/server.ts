/**
 * The laboratory: the supervisor of `npm start` lets its user break things, on a loopback port of its own. The API has no such
 * routes, and no deployment has this port.
 *
 *     GET  /state      processes, settings of the mock bank, and whether the functions are being restarted: shapes.ts
 *     POST /bank       changes settings of the mock bank: the body of its PUT /mode
 *     POST /restart    kill -9 of the functions and the API, and starts them again
 *     POST /kill       kill -9 of all processes, this one last
 *     GET  /verify     the results of the last run of `npm run verify`
 *     POST /verify     the same, and starts a run if none is under way and the last one is not too recent
 *
 * It has no key: the mock bank has none either, and users of this machine can kill processes without it. guard.ts keeps web
 * pages of other origins out.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Allowed, allowedAt, MARK, type Refusal, refusalOf } from './guard.ts';
import type { LaboratoryState, LaboratoryVerify } from './shapes.ts';

const LARGEST_BODY = 10_000;

export type Answer = { readonly status: number; readonly body: object };

export type Controls = {
  readonly state: () => Promise<LaboratoryState>;
  /** @returns the answer of the bank */
  readonly setBank: (body: string) => Promise<Answer>;
  /** False if a restart is under way. */
  readonly restart: () => boolean;
  readonly killAll: () => void;
  readonly lastVerify: () => LaboratoryVerify;
  readonly verify: () => LaboratoryVerify;
};

/** @param apiPort the console's port */
export async function startLaboratory(port: number, apiPort: number, controls: Controls): Promise<void> {
  const allowed = allowedAt(port, apiPort);
  const server = createServer((request, response) => {
    respond(request, response, allowed, controls).catch((error: Error) =>
      send(response, { status: 500, body: errorOf('INTERNAL', error.message) }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: Allowed,
  controls: Controls,
): Promise<void> {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('vary', 'origin');
  const refusal = refusalOf(request, allowed);
  if (refusal) {
    request.resume();
    return send(response, refused(refusal));
  }
  const { origin } = request.headers;
  if (origin !== undefined) response.setHeader('access-control-allow-origin', origin);
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', 'GET, POST');
    response.setHeader('access-control-allow-headers', `content-type, ${MARK}`);
    response.setHeader('access-control-max-age', '600');
    return void response.writeHead(204).end();
  }
  const body = await bodyOf(request);
  if (body === undefined) {
    return send(
      response,
      refused({ status: 413, code: 'PAYLOAD_TOO_LARGE', message: `At most ${LARGEST_BODY} bytes.` }),
    );
  }
  if (`${request.method} ${request.url}` === 'POST /kill') response.once('finish', controls.killAll);
  send(response, await answerOf(`${request.method} ${request.url}`, body, controls));
}

async function answerOf(route: string, body: string, controls: Controls): Promise<Answer> {
  switch (route) {
    case 'GET /state':
      return { status: 200, body: await controls.state() };
    case 'POST /bank':
      return controls.setBank(body);
    case 'POST /restart':
      return controls.restart()
        ? { status: 202, body: { restarting: true } }
        : { status: 409, body: errorOf('REQUEST_IN_PROGRESS', 'The functions are being restarted already.') };
    case 'POST /kill':
      return { status: 202, body: { continue_with: 'npm start' } };
    case 'GET /verify':
      return { status: 200, body: controls.lastVerify() };
    case 'POST /verify':
      return { status: 202, body: controls.verify() };
    default:
      return { status: 404, body: errorOf('NOT_FOUND', `The laboratory has no ${route}.`) };
  }
}

/** Undefined if it is too large. It is read to its end: the client gets the answer instead of a broken connection. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= LARGEST_BODY) parts.push(part);
  }
  return bytes > LARGEST_BODY ? undefined : Buffer.concat(parts).toString();
}

const errorOf = (code: string, message: string) => ({ error: { code, message } });
const refused = ({ status, code, message }: Refusal): Answer => ({ status, body: errorOf(code, message) });

function send(response: ServerResponse, { status, body }: Answer): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
