import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import { amountView as amountOf, type Line, type UserId, type Wallet, walletAccount } from '../ledger/index.ts';
import type * as answers from './answers.ts';
import type { Answered } from './pay.ts';
import { type Payment, type Refund, refundedOf } from './payment.ts';
import type { Provider } from './provider.ts';
import type { StatementType } from './read-statement.ts';
import type { Refunded } from './refund-payment.ts';

/** The JSON that clients see. Amounts are exact, in minor units. */
const amount = (minor: bigint) => exactNumber(`${minor}`);

export function walletView({ userId, balances, createdAt }: Wallet): z.input<typeof answers.walletAnswer> {
  const listed = [...balances].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    user_id: userId,
    balances: listed.map(([currency, minor]) => ({ currency, amount: amountOf(currency, minor) })),
    created_at: createdAt,
  };
}

/** @param asOf the time of the balances, if it is not now */
export function balanceView(wallet: Wallet, asOf?: string): z.input<typeof answers.balanceAnswer> {
  const { user_id, balances } = walletView(wallet);
  return { user_id, balances, ...(asOf === undefined ? {} : { as_of: asOf }) };
}

export function depositView(
  userId: string,
  { entry, currency, amount: deposited, balanceAfter }: Line,
): z.input<typeof answers.depositAnswer> {
  return {
    deposit_id: entry.id,
    user_id: userId,
    amount: amountOf(currency, deposited),
    currency,
    balance: amountOf(currency, balanceAfter),
    created_at: entry.at,
  };
}

/** Amounts that left the wallet are negative. */
export function lineView(
  userId: UserId,
  { seq, entry, currency, amount: moved, balanceAfter }: Line,
): z.input<typeof answers.lineAnswer> {
  const other = entry.postings.find(({ account }) => account !== walletAccount(userId));
  return {
    transaction_id: entry.id,
    seq,
    type: entry.type as StatementType, // a CAPTURE moves no wallet
    amount: amountOf(currency, moved),
    currency,
    balance_after: amountOf(currency, balanceAfter),
    counter_account: other?.account ?? null,
    payment_id: entry.references.payment_id ?? null,
    withdrawal_id: entry.references.withdrawal_id ?? null,
    created_at: entry.at,
  };
}

export function paymentView(payment: Payment): z.input<typeof answers.paymentAnswer> {
  return {
    payment_id: payment.id,
    user_id: payment.userId,
    provider_id: payment.providerId,
    external_reference: payment.externalReference,
    amount: amount(payment.money.minor),
    currency: payment.money.currency,
    status: payment.status,
    gateway_id: 'gatewayId' in payment ? payment.gatewayId : null,
    // The database keeps no order of fields: naming them makes repeated answers equal to the byte.
    failure: 'failure' in payment ? { code: payment.failure.code, message: payment.failure.message } : null,
    refunded_amount: amount(refundedOf(payment)),
    refunds: 'refunds' in payment ? payment.refunds.map(refundView) : [],
    created_at: payment.createdAt,
    updated_at: payment.updatedAt,
  };
}

/** Only fields that never change, so that a repeated request gets the same answer at any time. */
export function answerView(payment: Answered): z.input<typeof answers.createdPaymentAnswer> {
  const { refunded_amount: _, refunds: __, updated_at: ___, ...answer } = paymentView(payment);
  return { ...answer, status: payment.status };
}

export function refundedView({ payment, refund }: Refunded): z.input<typeof answers.refundAnswer> {
  const { id: payment_id, userId, money } = payment;
  return { ...refundView(refund), payment_id, user_id: userId, currency: money.currency };
}

function refundView({ id, minor, at }: Refund) {
  return { refund_id: id, amount: amount(minor), created_at: at };
}

export function providerView({ id, name, createdAt }: Provider): z.input<typeof answers.providerAnswer> {
  return { provider_id: id, name, created_at: createdAt };
}
