import { z } from 'zod';
import { hasDay } from '../kernel/day.ts';
import type { ErrorDetail } from '../kernel/errors.ts';
import { otherwise, problemsIn, wholeNumber } from '../kernel/fields.ts';
import { ID, type MerchantId, TRANSACTION_STATUSES, type Transaction, type TransactionId } from './transaction.ts';

/** Ten trillion of the major unit: more than any sale. */
const MAX_CENTS = 10n ** 15n;

const id = () =>
  z
    .string(otherwise('must be a string'))
    .regex(ID, 'must be 1 to 64 letters, digits, "_", ".", ":" or "-", beginning with a letter or digit');

const time = z.iso.datetime({ offset: true });

/** An instant with its zone (RFC 3339), without which its day in UTC would be unknown. */
const instant = z
  .string(otherwise('must be a string'))
  .refine((text) => time.safeParse(text).success, {
    error: 'must be a time with its zone, such as 2026-11-19T08:30:00Z',
    abort: true,
  })
  // In UTC: no range of a settlement could name a day outside of these years.
  .refine((text) => hasDay(Date.parse(text)), 'must be from 2000-01-01 to 9999-12-31 in UTC')
  .transform((text) => Date.parse(text))
  .meta({ format: 'date-time' });

/** A row as clients send it, in POST /transactions and in files. */
export const transactionRow = z.object(
  {
    id: id(),
    merchant_id: id(),
    amount_cents: wholeNumber(0n, MAX_CENTS),
    fee_cents: wholeNumber(0n, MAX_CENTS),
    status: z.enum(TRANSACTION_STATUSES, otherwise(`must be one of ${TRANSACTION_STATUSES.join(', ')}`)),
    paid_at: instant,
  },
  'must be an object',
);

export const ROW_FIELDS = transactionRow.keyof().options;

/** @param row its numbers are `ExactNumber` @returns the problems of the row if it has any */
export function readRow(row: unknown): Transaction | ErrorDetail[] {
  const { data, error } = transactionRow.safeParse(row);
  if (error) return problemsIn(error);
  return {
    id: data.id as TransactionId,
    merchantId: data.merchant_id as MerchantId,
    amountCents: data.amount_cents,
    feeCents: data.fee_cents,
    status: data.status,
    paidAt: data.paid_at,
  };
}
