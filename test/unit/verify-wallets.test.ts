import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { Entry, UserId } from '../../lib/ledger/entry.ts';
import type { Line, Wallet } from '../../lib/ledger/wallet.ts';
import { captureEntry, depositEntry, paymentEntry, refundEntry, returnEntry } from '../../lib/wallets/entries.ts';
import type { DepositId, PaymentId, ProviderId, RefundId } from '../../lib/wallets/ids.ts';
import type { ApprovedPayment, PendingPayment, UnpaidPayment } from '../../lib/wallets/payment.ts';
import { type Charge, differencesInAccount, differencesInCase } from '../../scripts/verify/wallets-checks.ts';

const IDR = 'IDR' as Currency;
const AT = '2026-01-01T00:00:00.000Z';
const ID = 'pay_00000000000000000000000000000001' as PaymentId;
const idr = (minor: bigint) => ({ minor, currency: IDR });

const pending: PendingPayment = {
  ...{ id: ID, userId: 'ana' as UserId, providerId: 'pln' as ProviderId, externalReference: 'b', money: idr(400n) },
  ...{ status: 'PENDING', createdAt: AT, updatedAt: AT, workedOnUntil: 0 },
};
const refund = { id: 'rfd_1' as RefundId, minor: 150n, at: AT };
const approved: ApprovedPayment = { ...pending, status: 'APPROVED', gatewayId: 'g', refunds: [refund] };
const declined: UnpaidPayment = { ...pending, status: 'DECLINED', failure: { code: 'X', message: 'x' } };
const charge: Charge = { instruction: ID, moves: 1, moved_minor: '400', currency: 'IDR' };

const debit = paymentEntry(pending, AT);
const capture = captureEntry(pending, AT);
const back = returnEntry(pending, AT);
const refunded = refundEntry(refund.id, pending, idr(150n), AT);
const whole = [debit, capture, refunded];

function line(seq: number, entry: Entry, amount: bigint, balanceAfter: bigint): Line {
  return { seq, entry, currency: IDR, amount, balanceAfter };
}

const wallet: Wallet = { userId: 'ana' as UserId, balances: new Map([[IDR, -250n + 1_000n]]), seq: 3, createdAt: AT };
const deposited = depositEntry('dep_1' as DepositId, 'ana' as UserId, idr(1_000n), AT);
const lines = [line(1, deposited, 1_000n, 1_000n), line(2, debit, -400n, 600n), line(3, refunded, 150n, 750n)];

describe('the checks of a wallet', () => {
  const failed = (account: { wallet: Wallet | undefined; lines: readonly Line[] }) =>
    new Set(differencesInAccount('ana', account).map(({ check }) => check));

  it('find no difference in a correct wallet', () => {
    expect(differencesInAccount('ana', { wallet, lines: lines.toReversed() })).toEqual([]);
  });

  it.each<[string, { wallet: Wallet | undefined; lines: readonly Line[] }, string[]]>([
    ['another balance', { wallet: { ...wallet, balances: new Map([[IDR, 751n]]) }, lines }, ['rebuilt']],
    ['a missing line', { wallet, lines: lines.slice(0, 2) }, ['gapless', 'rebuilt']],
    ['a gap', { wallet, lines: [lines[0], lines[2]] as Line[] }, ['gapless', 'rebuilt']],
    ['a line of another amount', { wallet, lines: lines.with(1, line(2, debit, -399n, 601n)) }, ['gapless', 'rebuilt']],
    [
      'an entry out of balance',
      {
        wallet,
        lines: lines.with(0, line(1, { ...deposited, postings: deposited.postings.slice(1) }, 1_000n, 1_000n)),
      },
      ['balanced', 'entries'],
    ],
    ['lines without a wallet', { wallet: undefined, lines }, ['rebuilt']],
    [
      'a balance below zero',
      { wallet: { ...wallet, seq: 1, balances: new Map([[IDR, -400n]]) }, lines: [line(1, debit, -400n, -400n)] },
      ['rebuilt'],
    ],
  ])('find %s', (_what, account, expected) => {
    expect(failed(account)).toEqual(new Set(expected));
  });
});

describe('the checks of a payment', () => {
  it.each([
    ['approved and partly refunded', approved, whole, charge],
    ['declined', declined, [debit, back], undefined],
    ['declined, with the refusal on record', declined, [debit, back], { ...charge, moves: 0, moved_minor: '0' }],
    ['pending and not charged', pending, [debit], undefined],
    ['pending and charged', pending, [debit], charge],
  ])('find nothing when it is %s', (_what, payment, entries, charged) => {
    expect(differencesInCase(ID, { payment, entries }, charged)).toEqual([]);
  });

  it.each([
    ['an approved payment without a charge', approved, whole, undefined, 'gateway'],
    ['an approved payment with two charges', approved, whole, { ...charge, moves: 2 }, 'gateway'],
    ['a charge of another amount', approved, whole, { ...charge, moved_minor: '401' }, 'gateway'],
    ['a charge in another currency', approved, whole, { ...charge, currency: 'USD' }, 'gateway'],
    ['a declined payment with a charge', declined, [debit, back], charge, 'gateway'],
    ['a pending payment with two charges', pending, [debit], { ...charge, moves: 2 }, 'gateway'],
    ['a charge without a payment', undefined, [], charge, 'gateway'],
    ['entries without a payment', undefined, [debit], undefined, 'entries'],
    ['an approved payment without its capture', approved, [debit, refunded], charge, 'entries'],
    ['a payment with two refunds', declined, [debit, back, back], undefined, 'entries'],
    ['a payment without its refund', declined, [debit], undefined, 'entries'],
    ['a payment without its debit', approved, [capture, refunded], charge, 'entries'],
    [
      'an entry of another amount',
      approved,
      [paymentEntry({ ...pending, money: idr(399n) }, AT), capture, refunded],
      charge,
      'entries',
    ],
    ['a refund that is missing in the journal', approved, [debit, capture], charge, 'refunds'],
    ['a refund that is not listed', { ...approved, refunds: [] }, whole, charge, 'refunds'],
    ['a key that gives another id', { ...approved, key: 'other' as IdempotencyKey }, whole, charge, 'ids'],
    ['refunds of more than was paid', { ...approved, money: idr(100n) }, whole, charge, 'refunds'],
  ])('find %s', (_what, payment, entries, charged, expected) => {
    const found = differencesInCase(ID, { payment, entries }, charged);
    expect(found.map(({ check }) => check)).toContain(expected);
    for (const { message } of found) expect(message).toContain(ID);
  });
});
