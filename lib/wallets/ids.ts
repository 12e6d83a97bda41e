import { orNotFound } from '../kernel/errors.ts';
import { NAME } from '../kernel/fields.ts';
import { generatedId } from '../kernel/id.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { parseUserId, type UserId } from '../ledger/index.ts';

export type ProviderId = string & { readonly __brand: 'ProviderId' };
export type PaymentId = string & { readonly __brand: 'PaymentId' };
export type DepositId = string & { readonly __brand: 'DepositId' };
export type RefundId = string & { readonly __brand: 'RefundId' };

/** The user that a path names. @throws AppError NOT_FOUND if no user can have this id */
export function walletOwner(text: string): UserId {
  return orNotFound(parseUserId(text), 'There is no such wallet.');
}

export function parseProviderId(text: string): ProviderId | undefined {
  return NAME.test(text) ? (text as ProviderId) : undefined;
}

export const { from: providerId } = generatedId<ProviderId>('prv');
const payment = generatedId<PaymentId>('pay');
export const { parse: parsePaymentId, pattern: PAYMENT_ID } = payment;
/** The id follows from the request's user and key, so a repeated request cannot make another payment, however late it is. */
export const paymentIdOf = (userId: UserId, key: IdempotencyKey) => payment.derive(userId, key);
export const { from: depositId } = generatedId<DepositId>('dep');
export const { from: refundId } = generatedId<RefundId>('rfd');
