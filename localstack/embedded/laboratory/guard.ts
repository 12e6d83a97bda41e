import type { IncomingMessage } from 'node:http';

/** A web page can only send it after a preflight request, which only the console's origin passes. */
export const MARK = 'x-sluice-console';

export type Refusal = { readonly status: number; readonly code: string; readonly message: string };

/** Who may use the port: programs of this machine, and pages of the console. */
export type Allowed = {
  /** Values of Host: others come from a page whose name was made to resolve to this machine (DNS rebinding). */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
};

/** On loopback, by both of its names. */
export const allowedAt = (port: number, apiPort: number): Allowed => ({
  hosts: ['127.0.0.1', 'localhost'].map((name) => `${name}:${port}`),
  origins: ['127.0.0.1', 'localhost'].map((name) => `http://${name}:${apiPort}`),
});

const forbidden = (message: string): Refusal => ({ status: 403, code: 'FORBIDDEN', message });

/** Why this request is not answered; undefined if it is. */
export function refusalOf({ method, headers }: IncomingMessage, { hosts, origins }: Allowed): Refusal | undefined {
  const { host = '', origin } = headers;
  if (!hosts.includes(host.toLowerCase())) return forbidden(`The Host must be ${hosts.join(' or ')}.`);
  if (origin !== undefined && !origins.includes(origin))
    return forbidden(`The Origin must be ${origins.join(' or ')}.`);
  if (method === 'OPTIONS' && origin === undefined) return forbidden('A preflight request has an Origin.');
  if (method !== 'POST') return undefined;
  if (headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    return { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send JSON: Content-Type: application/json' };
  }
  return headers[MARK] ? undefined : forbidden('Send the header X-Sluice-Console: 1');
}
