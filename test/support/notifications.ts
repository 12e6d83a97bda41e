import { signatureOf } from '../../lib/kernel/signature.ts';
import type { GivenBackNotice } from '../../lib/payouts/notification-request.ts';
import type { Payout } from '../../lib/payouts/payout.ts';

/** What the rail of the tests signs with: the secret of the examples of Standard Webhooks. */
export const RAIL_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** A body of POST /rail/notifications. */
export function aNotification(changes: object = {}) {
  return {
    type: 'transfer.returned',
    reference: 'b.0001.000001.1',
    amount_minor: '100000',
    currency: 'IDR',
    code: 'AC04',
    returned_at: '2026-01-02T03:04:05.000Z',
    ...changes,
  };
}

type Signing = { readonly secret?: string; readonly id?: string; readonly now?: number };

export function signedHeaders(
  body: object | string,
  { secret = RAIL_SECRET, id = 'RETURN-1', now = Date.now() }: Signing = {},
) {
  const timestamp = String(Math.floor(now / 1_000));
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatureOf(secret, { id, timestamp }, bytes),
  };
}

/** What the rail says when it gives all money of a payout back. */
export function noticeOf({ reference, money }: Pick<Payout, 'reference' | 'money'>): GivenBackNotice {
  return { reference, money, returned: { code: 'AC04', at: '2026-01-02T03:04:05.000Z' } };
}
