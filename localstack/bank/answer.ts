import type { ServerResponse } from 'node:http';

/** How long a connection that gets no answer stays open. */
const UNANSWERED_MS = 60_000;

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, 'application/json', JSON.stringify(body));
}

export function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export function sendEmpty(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0 });
  response.end();
}

/** Sends no answer. The connection closes when the client gives up, or after 60 s. */
export function withholdAnswer(response: ServerResponse): void {
  const timeout = setTimeout(() => response.destroy(), UNANSWERED_MS);
  response.on('close', () => clearTimeout(timeout));
}
