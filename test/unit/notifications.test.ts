import { describe, expect, it } from 'vitest';
import { isSigned, signatureOf } from '../../lib/kernel/signature.ts';
import { notificationItem, notificationOf } from '../../lib/payouts/dynamo-notification-items.ts';
import { judge, type Notification, placeOfReference, type Verdict } from '../../lib/payouts/notification.ts';
import { PAYOUT_STATUSES, type Payout } from '../../lib/payouts/payout.ts';
import { aPayout, currency, NOW } from '../support/builders.ts';
import { noticeOf, RAIL_SECRET } from '../support/notifications.ts';

describe('the signature of a notification', () => {
  /** The example of Standard Webhooks, which its libraries are tested with. */
  const body = Buffer.from('{"test": 2432232314}');
  const at = 1_614_265_330;
  const headers = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: String(at),
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  const accepts = (
    changes: Partial<typeof headers> = {},
    { secrets = [RAIL_SECRET], seconds = at, sent = body } = {},
  ) => isSigned(secrets, { ...headers, ...changes }, sent, seconds * 1_000);

  it('is that of Standard Webhooks', () => {
    expect(signatureOf(RAIL_SECRET, headers, body)).toBe(headers.signature);
    expect(accepts()).toBe(true);
  });

  it('may be one of several, by one of several secrets', () => {
    expect(accepts({ signature: `v1,abc= v1a,xyz ${headers.signature}` })).toBe(true);
    expect(accepts({}, { secrets: [other, RAIL_SECRET] })).toBe(true);
  });

  it('ends five minutes after it was made, or before', () => {
    for (const seconds of [at - 300, at + 300]) expect(accepts({}, { seconds })).toBe(true);
    for (const seconds of [at - 301, at + 301]) expect(accepts({}, { seconds })).toBe(false);
  });

  it.each<[string, Parameters<typeof accepts>]>([
    ['another id', [{ id: 'msg_2' }]],
    ['another time', [{ timestamp: String(at + 1) }]],
    ['no time', [{ timestamp: '' }]],
    ['a time that is no number', [{ timestamp: `${at}.0` }]],
    ['no signature', [{ signature: '' }]],
    ['a shorter signature', [{ signature: headers.signature.slice(0, -1) }]],
    ['a signature of another version', [{ signature: headers.signature.replace('v1', 'v2') }]],
    ['another body', [{}, { sent: Buffer.from('{"test": 2432232315}') }]],
    ['another secret', [{}, { secrets: [other] }]],
    ['no secret', [{}, { secrets: [] }]],
  ])('is refused with %s', (_what, given) => {
    expect(accepts(...given)).toBe(false);
  });
});

describe('a notification', () => {
  const now = Date.parse(NOW);
  const DAY_MS = 24 * 60 * 60_000;
  const paid = aPayout({ status: 'completed', bankId: 'BANK-1', attempts: 1 });
  const waiting: Notification = {
    ...noticeOf(paid),
    ...{ id: 'RETURN-1', status: 'waiting', receivedAt: NOW, waitingSince: now, redrives: 0 },
  };
  const lease = { owner: 'worker', until: now + 1 };
  const verdictOn = (payout: Payout | undefined, changes: Partial<Notification> = {}, chunk = {}, at = now) =>
    judge({ ...waiting, ...changes }, payout && { payout, chunk }, at);
  const returned = { ...paid, status: 'returned', returned: waiting.returned } as Payout;
  const failed = aPayout({ status: 'failed', failure: { code: 'ACCOUNT_BLOCKED', message: '', retryable: false } });

  it('is applied to a completed payout whose chunk has no lease', () => {
    expect(verdictOn(paid)).toEqual({ kind: 'apply' });
    expect(verdictOn(paid, {}, { lease })).toEqual({ kind: 'wait' });
  });

  it('has one effect', () => {
    expect(verdictOn(returned)).toEqual({ kind: 'was_applied' });
    expect(verdictOn(returned, {}, { lease })).toEqual({ kind: 'was_applied' });
  });

  it.each(['pending', 'retrying', 'unknown'] as const)('waits a day for a payout that is %s', (status) => {
    const open = aPayout({ status, failure: { code: '', message: '', retryable: true } });
    expect(verdictOn(open, {}, {}, now + DAY_MS - 1)).toEqual({ kind: 'wait' });
    expect(verdictOn(open, {}, {}, now + DAY_MS)).toEqual({ kind: 'misfit', misfit: 'NOT_COMPLETED_IN_TIME' });
  });

  const later = { ...waiting.returned, at: NOW };
  it.each<[string, Verdict]>([
    ['UNKNOWN_REFERENCE', verdictOn(undefined)],
    ['OTHER_REFERENCE', verdictOn(paid, { reference: 'batch.0001.000001.2' })],
    ['AMOUNT_DIFFERS', verdictOn(paid, { money: { ...paid.money, minor: 1n } })],
    ['AMOUNT_DIFFERS', verdictOn(paid, { money: { ...paid.money, currency: currency('PHP') } })],
    ['AMOUNT_DIFFERS', verdictOn(aPayout(), { money: { ...paid.money, minor: 1n } })],
    ['NOT_PAID', verdictOn(failed)],
    ['NOT_PAID', verdictOn(aPayout({ status: 'cancelled' }))],
    ['RETURNED_BEFORE', verdictOn(returned, { returned: later })],
    ['RETURNED_BEFORE', verdictOn(returned, { returned: { ...waiting.returned, code: 'AC01' } })],
  ])('is a dead letter: %s', (misfit, verdict) => {
    expect(verdict).toEqual({ kind: 'misfit', misfit });
  });

  it('is judged for every status of a payout', () => {
    for (const status of PAYOUT_STATUSES) {
      const found = { ...aPayout({ status, bankId: 'b', returned: waiting.returned }) } as Payout;
      expect(verdictOn(found).kind).toBeTypeOf('string');
    }
  });

  it('is read as it was stored', () => {
    for (const changes of [{}, { status: 'dead_letter', misfit: 'NOT_PAID', redrives: 2 }] as Partial<Notification>[]) {
      expect(notificationOf(notificationItem({ ...waiting, ...changes }))).toEqual({ ...waiting, ...changes });
    }
  });

  it.each(['', 'x', '.1', 'batch.0001', 'batch.0001.000001', 'batch.0001.000001.', 'batch.1.1.1'])(
    'with the reference "%s" names no payout, or the right one',
    (reference) => {
      const place = placeOfReference(reference);
      expect(place).toEqual(
        reference === 'batch.0001.000001.' ? { batchId: 'batch', chunk: 1, position: 1 } : undefined,
      );
    },
  );

  it('names the payout of its reference', () => {
    expect(placeOfReference('my.batch-1.0002.000017.3')).toBeUndefined();
    expect(placeOfReference('my-batch-1.0002.000017.3')).toEqual({ batchId: 'my-batch-1', chunk: 2, position: 17 });
  });
});
