import { orNotFound } from '../kernel/errors.ts';
import { NAME } from '../kernel/fields.ts';
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

export function parsePaymentId(text: string): PaymentId | undefined {
  return /^pay_[0-9a-f]{32}$/.test(text) ? (text as PaymentId) : undefined;
}

const hex = (uuid: string) => uuid.replaceAll('-', '');

/** @param uuid a new one */
export const providerId = (uuid: string) => `prv_${hex(uuid)}` as ProviderId;
export const paymentId = (uuid: string) => `pay_${hex(uuid)}` as PaymentId;
export const depositId = (uuid: string) => `dep_${hex(uuid)}` as DepositId;
export const refundId = (uuid: string) => `rfd_${hex(uuid)}` as RefundId;
