import { createHash, createHmac } from 'node:crypto';
import type { Credentials } from './credentials.ts';

export type RailRequest = {
  readonly method: 'GET' | 'POST';
  /** Without a fragment. */
  readonly url: URL;
  readonly body: string | undefined;
};

/**
 * The headers that sign a request with HTTP Message Signatures (RFC 9421) and HMAC-SHA256: the method, the host, the path and,
 * by Content-Digest (RFC 9530), the body. docs/rails.md has an example.
 * @param now epoch milliseconds
 */
export function signatureHeaders(
  { key_id, secret }: NonNullable<Credentials['hmac']>,
  { method, url, body }: RailRequest,
  now: number,
): Record<string, string> {
  const digest = body === undefined ? {} : { 'content-digest': `sha-256=:${base64Of(body)}:` };
  // RFC 9421 section 2.2: `host` has no default port and is in lower case, as @authority must be.
  const covered = { '@method': method, '@authority': url.host, '@path': url.pathname, ...digest };
  const names = Object.keys(covered).map((name) => `"${name}"`);
  const input = `(${names.join(' ')});created=${Math.floor(now / 1_000)};keyid="${key_id}";alg="hmac-sha256"`;
  const lines = Object.entries(covered).map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${input}`].join('\n');
  const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(base).digest('base64');
  return { ...digest, 'signature-input': `sluice=${input}`, signature: `sluice=:${signature}:` };
}

const base64Of = (body: string) => createHash('sha256').update(body).digest('base64');
