import { type Day, dayOf } from '../kernel/day.ts';

/** Letters, digits and `_ . : -`: an id needs no escaping in a key, a CSV cell or a path. */
export const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

export type TransactionId = string & { readonly __brand: 'TransactionId' };
export type MerchantId = string & { readonly __brand: 'MerchantId' };

export const TRANSACTION_STATUSES = ['PAID', 'FAILED', 'REFUNDED'] as const;
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number];

/**
 * One sale, as the marketplace reports it. It never changes: another row under a known id is refused.
 * Amounts are in the marketplace's own minor unit, the same for all rows.
 */
export type Transaction = {
  readonly id: TransactionId;
  readonly merchantId: MerchantId;
  readonly amountCents: bigint;
  readonly feeCents: bigint;
  readonly status: TransactionStatus;
  /** Epoch milliseconds. */
  readonly paidAt: number;
};

/** The day whose settlement includes the transaction. */
export function settlementDay({ paidAt }: Transaction): Day {
  return dayOf(paidAt);
}

/** The public names of the fields in which two rows under one id differ. */
export function differences(known: Transaction, given: Transaction): string[] {
  return [
    ...(known.merchantId === given.merchantId ? [] : ['merchant_id']),
    ...(known.amountCents === given.amountCents ? [] : ['amount_cents']),
    ...(known.feeCents === given.feeCents ? [] : ['fee_cents']),
    ...(known.status === given.status ? [] : ['status']),
    ...(known.paidAt === given.paidAt ? [] : ['paid_at']),
  ];
}
