import type { ServerResponse } from 'node:http';

/** The longest that a sender who is never answered is kept on the line. */
const LONGEST_SILENCE_MS = 60_000;

/** Answers with JSON. Does nothing when the sender has left. */
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

/** Keeps the sender waiting until it leaves, 60 s at most, and never answers. */
export function keepSilent(response: ServerResponse): void {
  const hangUp = setTimeout(() => response.destroy(), LONGEST_SILENCE_MS);
  response.on('close', () => clearTimeout(hangUp));
}
