import { createHmac, timingSafeEqual } from 'node:crypto';

/*
 * Signatures of notifications of rails, and of webhooks: Standard Webhooks 1.0.0 (standardwebhooks.com). The package of that name reads the clock itself;
 * here the time is handed in, as everywhere.
 */

/** A signature that is older, or from further in the future, is refused: a recorded notification cannot be sent again later. */
const TOLERANCE_SECONDS = 300;

/** `id` stays the same when the sender repeats the notification; `timestamp` and `signature` change. */
export type SignedHeaders = {
  readonly id: string;
  /** Of the delivery, in seconds since the epoch. */
  readonly timestamp: string;
  /** One or more, separated by spaces: while a secret changes, senders sign with both. */
  readonly signature: string;
};

/** @param secret `whsec_` and the base64 of the key */
export function signatureOf(secret: string, { id, timestamp }: Omit<SignedHeaders, 'signature'>, body: Buffer): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/**
 * The headers of a message, signed with each of the secrets.
 * @param now epoch milliseconds
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, now, body }: { readonly id: string; readonly now: number; readonly body: string },
) {
  const timestamp = `${Math.floor(now / 1_000)}`;
  const signatures = secrets.map((secret) => signatureOf(secret, { id, timestamp }, Buffer.from(body)));
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** Whether one of the secrets has signed the body within the time window. @param now epoch milliseconds */
export function isSigned(secrets: readonly string[], headers: SignedHeaders, body: Buffer, now: number): boolean {
  const { timestamp, signature } = headers;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const given = signature.split(' ').map((each) => Buffer.from(each));
  return secrets.some((secret) => {
    const expected = Buffer.from(signatureOf(secret, headers, body));
    return given.some((each) => each.length === expected.length && timingSafeEqual(each, expected));
  });
}
