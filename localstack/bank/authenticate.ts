import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { httpbis } from 'http-message-signatures';
import { z } from 'zod';
import { type Credentials, credentialsSchema } from '../../lib/rail/credentials.ts';

/** What a caller may authenticate itself with: as the secret of a rail (docs/rails.md). Certificates are not checked: the bank has no TLS. */
export const acceptsSchema = z.array(credentialsSchema).max(10);
export type Accepts = z.infer<typeof acceptsSchema>;

/** As docs/rails.md asks of rails. */
const MAX_AGE_S = 300;
const TOLERANCE_S = 5;

/** Whether the request has all of at least one of the credentials. */
export async function isAuthentic(accepts: Accepts, request: IncomingMessage, body: string): Promise<boolean> {
  if (accepts.length === 0) return true;
  const fits = await Promise.all(accepts.map((each) => has(each, request, body)));
  return fits.includes(true);
}

async function has({ hmac, bearer, basic, header }: Credentials, request: IncomingMessage, body: string) {
  const { authorization } = request.headers;
  if (bearer !== undefined && authorization !== `Bearer ${bearer}`) return false;
  if (basic && authorization !== `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`)
    return false;
  if (header && request.headers[header.name.toLowerCase()] !== header.value) return false;
  return hmac === undefined || isSigned(hmac, request, body);
}

async function isSigned(
  { key_id, secret }: NonNullable<Credentials['hmac']>,
  { method = '', url = '', headers }: IncomingMessage,
  body: string,
): Promise<boolean> {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const hasBody = method === 'POST';
  if (hasBody && headers['content-digest'] !== digest) return false;
  const signed = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const message = { method, url: `http://${headers.host}${url}`, headers: Object.fromEntries(signed) };
  const verify = async (data: Buffer, signature: Buffer) => {
    const expected = createHmac('sha256', Buffer.from(secret, 'base64')).update(data).digest();
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  };
  const verified = await httpbis
    .verifyMessage(
      {
        keyLookup: async ({ keyid }) => (keyid === key_id ? { id: key_id, algs: ['hmac-sha256'], verify } : null),
        requiredFields: ['@method', '@authority', '@path', ...(hasBody ? ['content-digest'] : [])],
        requiredParams: ['created', 'keyid', 'alg'],
        maxAge: MAX_AGE_S,
        tolerance: TOLERANCE_S,
      },
      message,
    )
    .catch(() => false); // it throws for a signature that is malformed, too old or of another key
  return verified === true;
}
