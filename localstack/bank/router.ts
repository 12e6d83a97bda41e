import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendEmpty, sendJson } from './answer.ts';
import type { Audit } from './audit.ts';
import { isAuthentic } from './authenticate.ts';
import { KINDS, type Kind, type Ledger } from './ledger.ts';
import { receive } from './receive.ts';
import { BadRequest, RequestAborted, readJson, readText } from './request.ts';
import { latencyRange, type Settings, type SettingsStore } from './settings.ts';
import { simulateReturn } from './simulate-return.ts';

export type BankParts = { readonly ledger: Ledger; readonly audit: Audit; readonly settings: SettingsStore };

/** Answers one request. Errors become answers too. */
export async function handle(parts: BankParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await route(parts, request, response);
  } catch (error) {
    if (error instanceof RequestAborted) return;
    if (error instanceof BadRequest) return sendError(response, 400, 'BAD_REQUEST', error.message);
    console.error('mock bank:', error);
    sendError(response, 500, 'INTERNAL', 'The bank failed.');
  }
}

async function route(parts: BankParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const [path = '/', query = ''] = url.split('?', 2);
  const [, collection, reference, ...rest] = path.split('/');
  const kind = KINDS.find((known) => known === collection);
  if (kind && method === 'POST' && reference === undefined) {
    const body = await readText(request);
    const { accepts } = parts.settings.current;
    if (!(await isAuthentic(accepts, request, body))) return sendUnauthorized(response);
    return receive(parts, kind, body, response);
  }
  if (kind && method === 'GET' && reference && rest.length === 0) {
    if (!(await isAuthentic(parts.settings.current.accepts, request, ''))) return sendUnauthorized(response);
    if (parts.settings.current.lookups === 'down') return sendEmpty(response, 503);
    return answerLookUp(parts.ledger, kind, reference, response);
  }
  return routeControl(parts, `${method} ${path}`, query, request, response);
}

/** Endpoints that a real bank does not have: modes, audit, deletion of the ledger. */
async function routeControl(
  { ledger, audit, settings }: BankParts,
  endpoint: string,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parameters = Object.fromEntries(new URLSearchParams(query));
  switch (endpoint) {
    case 'GET /health':
      return sendJson(response, 200, { status: 'ok' });
    case 'GET /mode':
      return sendJson(response, 200, format(settings.current));
    case 'PUT /mode':
      return sendJson(response, 200, format(settings.change(await readJson(request))));
    case 'POST /simulate/return':
      return sendJson(response, 202, await simulateReturn(ledger, await readJson(request)));
    case 'GET /audit':
      ledger.flush();
      return sendJson(response, 200, audit.summary(parameters));
    case 'GET /audit/instructions':
      ledger.flush();
      return sendJson(response, 200, audit.instructions(parameters));
    case 'DELETE /ledger':
      ledger.empty();
      return sendEmpty(response, 204);
    default:
      return sendError(response, 404, 'NOT_FOUND', 'The bank has no such endpoint.');
  }
}

function answerLookUp(ledger: Ledger, kind: Kind, encoded: string, response: ServerResponse): void {
  const reference = decode(encoded);
  const found = ledger.lookUp(kind, reference);
  sendJson(response, found.status === 'not_found' ? 404 : 200, { reference, ...found });
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BadRequest('reference: not valid percent-encoding');
  }
}

/** The settings, with the latency that applies in this mode, and without credentials. */
function format({ accepts: _, ...settings }: Settings) {
  return { ...settings, latency_ms: latencyRange(settings) };
}

function sendUnauthorized(response: ServerResponse): void {
  sendError(response, 401, 'UNAUTHORIZED', 'The bank does not accept the credentials.');
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { status: 'error', code, message });
}
