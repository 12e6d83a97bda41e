import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Currency, Unit } from '../../lib/kernel/money.ts';
import { post, type UserId, type Wallet } from '../../lib/ledger/index.ts';
import {
  entryAttribute,
  entryOfItem,
  lineItem,
  lineOf,
  replaceWallet,
  walletItem,
  walletOf,
} from '../../lib/ledger/items.ts';
import { captureEntry, depositEntry, paymentEntry } from '../../lib/wallets/entries.ts';
import type { DepositId, PaymentId, ProviderId } from '../../lib/wallets/ids.ts';
import { holdEntry } from '../../lib/withdrawals/entries.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';

const AT = '2026-11-20T10:00:00.000Z';
const ANA = 'ana' as UserId;
const IDR = 'IDR' as Currency;
const money = { minor: 2n ** 70n, currency: IDR };
const paid = { id: 'pay_1' as PaymentId, userId: ANA, providerId: 'pln' as ProviderId, money };
const wallet: Wallet = {
  userId: ANA,
  balances: new Map<Unit, bigint>([[IDR, 2n ** 71n]]),
  seq: 41,
  createdAt: AT,
};
const { line } = post(wallet, paymentEntry(paid, AT));
const postings = (from: string, to: string) =>
  `[{"account":"${from}","amount":"-${2n ** 70n}","currency":"IDR"},{"account":"${to}","amount":"${2n ** 70n}","currency":"IDR"}]`;

/** Data that earlier versions wrote has these attributes, so they must not change. */
describe('the items of the ledger', () => {
  it('store a wallet with its balances as strings', () => {
    const item = {
      ...{ pk: 'WALLET#ana', sk: 'WALLET', user_id: 'ana' },
      ...{ balances: { IDR: `${2n ** 71n}` }, seq: 41, created_at: AT },
    };
    expect(walletItem(wallet)).toEqual(item);
    expect(walletOf(item)).toEqual(wallet);
  });

  it('store a line of the statement with its entry', () => {
    const item = {
      ...{
        pk: 'WALLET#ana',
        sk: 'ENTRY#000000000042',
        entry_id: 'pay_1',
        type: 'PAYMENT',
        payment_id: 'pay_1',
        at: AT,
      },
      postings: postings('wallet:ana', 'suspense'),
      ...{ currency: 'IDR', amount: `-${2n ** 70n}`, balance_after: `${2n ** 70n}` },
    };
    expect(lineItem(ANA, line)).toEqual(item);
    expect(lineOf(item)).toEqual(line);
  });

  it('store a capture as an attribute of its subject', () => {
    const capture = captureEntry(paid, AT);
    expect(entryAttribute.decode(entryAttribute.encode(capture))).toEqual(capture);
  });

  it('of an earlier version have a capture as an item', () => {
    const item = {
      ...{ pk: 'PAYMENT#pay_1', sk: 'ENTRY#CAPTURE', entry_id: 'pay_1.capture', type: 'CAPTURE', payment_id: 'pay_1' },
      ...{ postings: postings('suspense', 'provider:pln'), at: AT },
    };
    expect(entryOfItem(item)).toEqual(captureEntry(paid, AT));
  });

  it('keep the subject of an entry, or its absence', () => {
    const id = withdrawalIdOf(ANA, 'k' as IdempotencyKey);
    const hold = holdEntry({ id, userId: ANA, money: { minor: 5n, currency: IDR as never }, retryCycle: 2 }, AT);
    const deposit = depositEntry('dep_1' as DepositId, ANA, money, AT);
    for (const [entry, references] of [
      [hold, { withdrawal_id: id }],
      [deposit, {}],
    ] as const) {
      const read = lineOf(lineItem(ANA, post(wallet, entry).line)).entry;
      expect(read).toEqual(entry);
      expect(read.references).toEqual(references);
    }
  });

  it('are written on condition that the wallet has not changed since it was read', () => {
    const { before, after } = post(wallet, paymentEntry(paid, AT));
    expect(replaceWallet('wallets', before, after).Put).toMatchObject({
      Item: { balances: { IDR: `${2n ** 70n}` }, seq: 42 },
      ConditionExpression: '#seq = :seq AND #balances = :before',
      ExpressionAttributeValues: { ':seq': 41, ':before': { IDR: `${2n ** 71n}` } },
    });
  });

  it.each([
    ['an invalid balance', () => walletOf({ ...walletItem(wallet), balances: { IDR: 'x' } }), /ana WALLET: balances/],
    ['an unknown type', () => lineOf({ ...lineItem(ANA, line), type: 'GIFT' }), /ENTRY#000000000042: type/],
    ['truncated postings', () => lineOf({ ...lineItem(ANA, line), postings: '[' }), /postings: is not JSON/],
  ])('name the key and the attribute of %s', (_what, read, message) => {
    expect(read).toThrow(message);
  });
});
